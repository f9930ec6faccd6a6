#pragma once
/// Where in the picture a character is meant to stand.

#include <optional>
#include <string_view>

#include "prompt/compile.h"

namespace newbie::prompt {

/// The part of the picture, in thousandths, that the words of a position name: `left`,
/// `center_right`, `top left`, "far left, in the background". Nothing when no word names a part;
/// `center` alone is the middle half.
std::optional<Box> box_of_position(std::string_view position);

/// The box of a character, else that of its position.
std::optional<Box> place_of(const Region& region);

}  // namespace newbie::prompt
