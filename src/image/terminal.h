#pragma once
/// Pictures in a terminal: with colours, or by one of three picture protocols.

#include <string>
#include <string_view>

#include "image/image.h"

namespace newbie::image {

/// The picture as lines of `columns` upper half blocks, each showing two pixels one above the
/// other; ANSI colours, reset at the end of every line. Errors: `image.wrong_size`.
std::string half_blocks(const Picture& picture, int64_t columns);

/// A PNG file by kitty's graphics protocol (also Ghostty, WezTerm, Konsole), `columns` wide.
std::string kitty_picture(std::string_view png, int64_t columns);

/// A PNG file by iTerm2's inline images (also WezTerm, mintty), `columns` wide.
std::string iterm_picture(std::string_view png, int64_t columns);

/// Sixels (xterm -ti 340, foot, mlterm, Windows Terminal): 252 fixed colours, ordered dither.
/// Errors: `image.wrong_size`.
std::string sixels(const Picture& picture);

}  // namespace newbie::image
