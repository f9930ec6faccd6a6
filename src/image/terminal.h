#pragma once
/// Pictures in a terminal with 24-bit colour.

#include <string>

#include "image/image.h"

namespace newbie::image {

/// The picture as lines of `columns` upper half blocks, each showing two pixels one above the
/// other; ANSI colours, reset at the end of every line. Errors: `image.wrong_size`.
std::string half_blocks(const Picture& picture, int64_t columns);

}  // namespace newbie::image
