#pragma once
/// One line of text on a picture. The glyphs travel inside the program: the same text is the same
/// pixels everywhere.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "image/image.h"

namespace newbie::image {

/// Pixels from the top of one line to the next.
inline constexpr int64_t kLabelHeight = 20;

/// Pixels across. Characters without a glyph are drawn, and counted, as a box.
int64_t label_width(std::string_view utf8);

/// The text, cut with an ellipsis where it is wider than `width`.
std::string fitted_label(std::string_view utf8, int64_t width);

/// Draws onto an RGB picture with the top left corner at (left, top); what lies outside is cut off.
void draw_label(Picture& onto, std::string_view utf8, int64_t left, int64_t top,
                std::array<uint8_t, 3> colour = {32, 32, 36});

}  // namespace newbie::image
