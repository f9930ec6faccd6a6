#pragma once
/// The way a camera was held, as Exif notes it.

#include <cstddef>
#include <span>

#include "image/image.h"

namespace newbie::image {

/// 1 to 8 as Exif numbers them, from the contents of an APP1 segment; 1 (upright) when it says
/// nothing that makes sense.
int exif_orientation(std::span<const std::byte> segment);

/// The picture turned and mirrored so that `orientation` becomes upright.
Picture upright(Picture picture, int orientation);

}  // namespace newbie::image
