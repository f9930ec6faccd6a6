#include "explain/overlay.h"

#include <algorithm>

#include "image/resize.h"

namespace newbie::explain {
namespace {

constexpr std::array<double, 3> kAmber{255, 176, 32};
constexpr double kGlow = 0.35;  ///< most that amber covers
constexpr double kDim = 0.65;   ///< most that darkness covers

uint8_t level(double value) { return static_cast<uint8_t>(std::clamp(value, 0.0, 255.0) + 0.5); }

}  // namespace

image::Picture glow_of(const HeatMaps& maps, size_t node, Phase phase) {
  const float* map = maps.map(node, phase);
  const auto [least, greatest] = std::minmax_element(map, map + maps.cells());
  const double low = *least, range = static_cast<double>(*greatest) - low;
  image::Picture glow = image::Picture::blank(maps.columns, maps.rows, 4);
  uint8_t* pixel = glow.pixels.data();
  for (int64_t cell = 0; cell < maps.cells(); ++cell, pixel += 4) {
    const double heat = range > 0 ? (static_cast<double>(map[cell]) - low) / range : 0.0;
    const double light = kGlow * heat, dark = kDim * (1 - heat);
    for (size_t c = 0; c < 3; ++c) pixel[c] = level(kAmber[c] * light / (light + dark));
    pixel[3] = level(255 * (light + dark));
  }
  return glow;
}

image::Picture overlay(const image::Picture& picture, const image::Picture& glow) {
  const image::Picture large =
      image::resize(glow, picture.width, picture.height, image::Filter::bicubic);
  image::Picture out = picture;
  for (size_t p = 0; p < static_cast<size_t>(picture.width * picture.height); ++p) {
    const double cover = large.pixels[4 * p + 3] / 255.0;
    for (size_t c = 0; c < 3; ++c) {
      out.pixels[3 * p + c] =
          level(picture.pixels[3 * p + c] * (1 - cover) + large.pixels[4 * p + c] * cover);
    }
  }
  return out;
}

}  // namespace newbie::explain
