#pragma once
/// Pictures on the user's terminal, by whatever it understands.

#include <string>
#include <vector>

#include "newbie/engine.h"

namespace newbie::cli {

enum class Display { none, blocks, kitty, iterm, sixel };

/// "auto" and the names of displays, for an option.
const std::vector<std::string>& display_choices();

/// What a choice means for this terminal. Automatic: by the names terminals give themselves, then
/// by asking the terminal for its attributes; none when standard output is no terminal.
Display chosen_display(const std::string& choice);

/// Writes a finished picture to standard output.
void show_picture(Display display, const GeneratedImage& picture);

}  // namespace newbie::cli
