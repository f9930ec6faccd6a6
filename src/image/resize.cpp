#include "image/resize.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace newbie::image {
namespace {

double sinc(double x) {
  if (x == 0) return 1;
  const double angle = x * std::numbers::pi;
  return std::sin(angle) / angle;
}

double support_of(Filter filter) {
  switch (filter) {
    case Filter::box:
      return 0.5;
    case Filter::bicubic:
      return 2;
    case Filter::lanczos:
      return 3;
  }
  return 0;
}

double weight_at(Filter filter, double x) {
  const double r = std::abs(x);
  switch (filter) {
    case Filter::box:
      return x > -0.5 && x <= 0.5 ? 1 : 0;
    case Filter::bicubic:
      if (r < 1) return (1.5 * r - 2.5) * r * r + 1;
      return r < 2 ? ((-0.5 * r + 2.5) * r - 4) * r + 2 : 0;
    case Filter::lanczos:
      return r < 3 ? sinc(x) * sinc(x / 3) : 0;
  }
  return 0;
}

/// Which inputs make one output, and how much of each.
struct Tap {
  int64_t begin;
  std::vector<float> weights;
};

/// Pixels are areas: output i covers [i, i + 1) * from / to of the input.
std::vector<Tap> taps(int64_t from, int64_t to, Filter filter) {
  const double scale = static_cast<double>(from) / static_cast<double>(to);
  const double stretch = std::max(scale, 1.0);
  const double reach = support_of(filter) * stretch;
  std::vector<Tap> all(static_cast<size_t>(to));
  for (int64_t i = 0; i < to; ++i) {
    const double centre = (static_cast<double>(i) + 0.5) * scale;
    const int64_t begin = std::max<int64_t>(0, std::lround(centre - reach));
    const int64_t end = std::min(from, std::lround(centre + reach));
    std::vector<double> weights;
    double sum = 0;
    for (int64_t j = begin; j < end; ++j) {
      weights.push_back(weight_at(filter, (static_cast<double>(j) - centre + 0.5) / stretch));
      sum += weights.back();
    }
    Tap& tap = all[static_cast<size_t>(i)];
    tap.begin = begin;
    for (double weight : weights) tap.weights.push_back(static_cast<float>(weight / sum));
  }
  return all;
}

/// Rows of interleaved floats.
struct Plane {
  int64_t width;
  int64_t height;
  int64_t channels;
  std::vector<float> values;

  Plane(int64_t w, int64_t h, int64_t c)
      : width(w), height(h), channels(c), values(static_cast<size_t>(w * h * c)) {}
  float* row(int64_t y) { return values.data() + y * width * channels; }
  const float* row(int64_t y) const { return values.data() + y * width * channels; }
};

/// What a filter overshoots must not ring through the other pass, nor divide colours by an alpha
/// above 255.
void clamp(float* values, int64_t count) {
  for (int64_t i = 0; i < count; ++i) values[i] = std::clamp(values[i], 0.0f, 255.0f);
}

Plane resample_rows(const Plane& from, int64_t width, Filter filter) {
  const std::vector<Tap> all = taps(from.width, width, filter);
  Plane to(width, from.height, from.channels);
  for (int64_t y = 0; y < from.height; ++y) {
    float* out = to.row(y);
    for (const Tap& tap : all) {
      const float* in = from.row(y) + tap.begin * from.channels;
      for (float weight : tap.weights) {
        for (int64_t c = 0; c < from.channels; ++c) out[c] += weight * *in++;
      }
      clamp(out, from.channels);
      out += from.channels;
    }
  }
  return to;
}

Plane resample_columns(const Plane& from, int64_t height, Filter filter) {
  const std::vector<Tap> all = taps(from.height, height, filter);
  Plane to(from.width, height, from.channels);
  const int64_t samples = from.width * from.channels;
  for (int64_t y = 0; y < height; ++y) {
    const Tap& tap = all[static_cast<size_t>(y)];
    float* out = to.row(y);
    for (size_t k = 0; k < tap.weights.size(); ++k) {
      const float* in = from.row(tap.begin + static_cast<int64_t>(k));
      for (int64_t i = 0; i < samples; ++i) out[i] += tap.weights[k] * in[i];
    }
    clamp(out, samples);
  }
  return to;
}

Plane resample(const Plane& from, int64_t width, int64_t height, Filter filter) {
  const Plane* current = &from;
  Plane rows(0, 0, 0);
  if (width != from.width) current = &(rows = resample_rows(from, width, filter));
  return height == from.height ? *current : resample_columns(*current, height, filter);
}

/// Levels as floats; colours of RGBA multiplied by alpha, so that invisible colours weigh nothing.
Plane to_plane(const Picture& picture) {
  Plane plane(picture.width, picture.height, picture.channels);
  std::copy(picture.pixels.begin(), picture.pixels.end(), plane.values.begin());
  if (picture.channels != 4) return plane;
  for (size_t i = 0; i < plane.values.size(); i += 4) {
    for (size_t c = 0; c < 3; ++c) plane.values[i + c] *= plane.values[i + 3] / 255;
  }
  return plane;
}

uint8_t to_level(float value) {
  return static_cast<uint8_t>(std::clamp(value, 0.0f, 255.0f) + 0.5f);
}

Picture to_picture(Plane plane) {
  if (plane.channels == 4) {
    for (size_t i = 0; i < plane.values.size(); i += 4) {
      const float alpha = plane.values[i + 3];
      for (size_t c = 0; c < 3; ++c) plane.values[i + c] *= alpha > 0 ? 255 / alpha : 0;
    }
  }
  Picture picture = Picture::blank(plane.width, plane.height, static_cast<int>(plane.channels));
  std::transform(plane.values.begin(), plane.values.end(), picture.pixels.begin(), to_level);
  return picture;
}

void require_target(int64_t width, int64_t height) {
  if (width > 0 && height > 0 && width <= (1 << 20) && height <= (1 << 20)) return;
  throw Error("image.wrong_size",
              fmt::format("a picture cannot be resized to {} x {} pixels", width, height));
}

Picture cut(const Picture& picture, int64_t left, int64_t top, int64_t width, int64_t height) {
  Picture part = Picture::blank(width, height, picture.channels);
  for (int64_t y = 0; y < height; ++y) {
    const uint8_t* from = picture.row(top + y) + left * picture.channels;
    std::copy(from, from + width * picture.channels, part.row(y));
  }
  return part;
}

}  // namespace

Picture resize(const Picture& picture, int64_t width, int64_t height, Filter filter) {
  validate(picture);
  require_target(width, height);
  if (width == picture.width && height == picture.height) return picture;
  return to_picture(resample(to_plane(picture), width, height, filter));
}

Picture cover(const Picture& picture, int64_t width, int64_t height, Filter filter) {
  validate(picture);
  require_target(width, height);
  // The largest part of the picture that has the target's shape.
  int64_t part_width = picture.width;
  int64_t part_height = picture.height;
  if (picture.width * height > width * picture.height) {
    part_width = std::max<int64_t>(1, (picture.height * width + height / 2) / height);
  } else {
    part_height = std::max<int64_t>(1, (picture.width * height + width / 2) / width);
  }
  const int64_t left = (picture.width - part_width) / 2;
  const int64_t top = (picture.height - part_height) / 2;
  return resize(cut(picture, left, top, part_width, part_height), width, height, filter);
}

std::vector<float> mask_at(const Picture& mask, int64_t width, int64_t height) {
  Plane plane(mask.width, mask.height, 1);
  plane.values = brightness(mask);
  require_target(width, height);
  return resample(plane, width, height, Filter::box).values;
}

}  // namespace newbie::image
