#include "image/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace newbie::image {
namespace {

/// Sides beyond this are a mistake or an attack; it also keeps every product below inside 64 bits.
constexpr int64_t kMaxSide = int64_t{1} << 24;

uint8_t to_level(float value, Rounding rounding) {
  const float scaled = std::clamp(value / 2 + 0.5f, 0.0f, 1.0f) * 255;
  return static_cast<uint8_t>(rounding == Rounding::nearest ? std::nearbyint(scaled) : scaled);
}

/// `level` of 255 over white, weighted by `alpha`.
uint8_t over_white(uint8_t level, uint8_t alpha) {
  return static_cast<uint8_t>((level * alpha + 255 * (255 - alpha) + 127) / 255);
}

void require_size(int64_t width, int64_t height, int channels, size_t samples) {
  const bool sane = width > 0 && height > 0 && width <= kMaxSide && height <= kMaxSide &&
                    (channels == 1 || channels == 3 || channels == 4);
  if (sane && samples == static_cast<size_t>(width * height * channels)) return;
  throw Error("image.wrong_size",
              fmt::format("a picture of {} x {} pixels with {} channels holds {} samples", width,
                          height, channels, samples));
}

}  // namespace

Picture Picture::blank(int64_t width, int64_t height, int channels) {
  Picture picture{width, height, channels, {}};
  picture.pixels.resize(static_cast<size_t>(width * height * channels));
  return picture;
}

void validate(const Picture& picture) {
  require_size(picture.width, picture.height, picture.channels, picture.pixels.size());
}

Picture from_planes(std::span<const float> chw, int channels, int64_t height, int64_t width,
                    Rounding rounding) {
  require_size(width, height, channels, chw.size());
  Picture picture = Picture::blank(width, height, channels);
  const int64_t plane = width * height;
  for (int64_t c = 0; c < channels; ++c) {
    for (int64_t i = 0; i < plane; ++i) {
      const float value = chw[static_cast<size_t>(c * plane + i)];
      if (std::isnan(value)) {
        throw Error("image.not_a_number",
                    fmt::format("channel {} of the picture is not a number at "
                                "x {}, y {}",
                                c, i % width, i / width));
      }
      picture.pixels[static_cast<size_t>(i * channels + c)] = to_level(value, rounding);
    }
  }
  return picture;
}

std::vector<float> to_planes(const Picture& picture) {
  validate(picture);
  const size_t channels = static_cast<size_t>(picture.channels);
  const size_t plane = picture.pixels.size() / channels;
  std::vector<float> chw(picture.pixels.size());
  for (size_t i = 0; i < plane; ++i) {
    for (size_t c = 0; c < channels; ++c) {
      chw[c * plane + i] = static_cast<float>(picture.pixels[i * channels + c]) / 127.5f - 1;
    }
  }
  return chw;
}

Picture to_rgb(const Picture& picture) {
  validate(picture);
  if (picture.channels == 3) return picture;
  Picture rgb = Picture::blank(picture.width, picture.height, 3);
  const size_t step = static_cast<size_t>(picture.channels);
  const uint8_t* from = picture.pixels.data();
  for (uint8_t* to = rgb.pixels.data(); to != rgb.pixels.data() + rgb.pixels.size();
       to += 3, from += step) {
    for (size_t c = 0; c < 3; ++c) to[c] = step == 1 ? from[0] : over_white(from[c], from[3]);
  }
  return rgb;
}

std::vector<float> brightness(const Picture& picture) {
  validate(picture);
  const size_t step = static_cast<size_t>(picture.channels);
  std::vector<float> values(picture.pixels.size() / step);
  for (size_t i = 0; i < values.size(); ++i) {
    const uint8_t* p = picture.pixels.data() + i * step;
    // Integer weights: white is exactly 1, black exactly 0.
    const int level = step == 1 ? 1000 * p[0] : 299 * p[0] + 587 * p[1] + 114 * p[2];
    const int alpha = step == 4 ? p[3] : 255;
    values[i] = static_cast<float>(static_cast<double>(level) * alpha / (255000.0 * 255.0));
  }
  return values;
}

}  // namespace newbie::image
