#pragma once
/// Refusing pictures by their header, before pixels cost memory.

#include "image/png.h"

namespace newbie::image {

/// Error: `image.too_large`.
void require_size(int64_t width, int64_t height, const PngLimits& limits);

}  // namespace newbie::image
