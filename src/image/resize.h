#pragma once
/// Changing the size of pictures, with a filter as wide as the reduction needs.

#include <cstdint>
#include <vector>

#include "image/image.h"

namespace newbie::image {

enum class Filter {
  box,      ///< area average
  bicubic,  ///< Catmull-Rom (a = -0.5)
  lanczos,  ///< three lobes
};

/// Resamples to width x height; the filter's support grows with the reduction, so that nothing
/// aliases. Colours of transparent pixels do not bleed. RGB is within one level of Pillow.
/// Errors: `image.wrong_size`.
Picture resize(const Picture& picture, int64_t width, int64_t height, Filter filter);

/// Scales until the target is covered, then cuts the middle out: no distortion, no borders.
/// Errors: `image.wrong_size`.
Picture cover(const Picture& picture, int64_t width, int64_t height, Filter filter);

/// A mask at latent size: the average brightness of the pixels below each cell, in [0, 1].
/// Shapes: [height, width]. Errors: `image.wrong_size`.
std::vector<float> mask_at(const Picture& mask, int64_t width, int64_t height);

}  // namespace newbie::image
