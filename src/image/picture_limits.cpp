#include "image/picture_limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace newbie::image {

void require_size(int64_t width, int64_t height, const PngLimits& limits) {
  if (std::max(width, height) <= limits.side && height <= limits.pixels / width) return;
  throw Error("image.too_large",
              fmt::format("the picture has {} x {} pixels, more than the {} allowed here", width,
                          height, limits.pixels));
}

}  // namespace newbie::image
