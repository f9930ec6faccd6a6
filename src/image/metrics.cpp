#include "image/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <vector>

#include "base/error.h"

namespace newbie::image {
namespace {

void require_same_size(const Picture& a, const Picture& b) {
  validate(a);
  validate(b);
  if (a.width == b.width && a.height == b.height) return;
  throw Error("image.wrong_size",
              fmt::format("pictures of {} x {} and {} x {} pixels cannot be compared", a.width,
                          a.height, b.width, b.height));
}

constexpr int64_t kWindow = 11;

std::array<double, kWindow> gaussian() {
  std::array<double, kWindow> weights{};
  double sum = 0;
  for (int64_t i = 0; i < kWindow; ++i) {
    const double x = static_cast<double>(i - kWindow / 2) / 1.5;
    weights[static_cast<size_t>(i)] = std::exp(-x * x / 2);
    sum += weights[static_cast<size_t>(i)];
  }
  for (double& weight : weights) weight /= sum;
  return weights;
}

struct Plane {
  int64_t width = 0;
  int64_t height = 0;
  std::vector<double> values;
  double& at(int64_t y, int64_t x) { return values[static_cast<size_t>(y * width + x)]; }
  double at(int64_t y, int64_t x) const { return values[static_cast<size_t>(y * width + x)]; }
};

Plane luma(const Picture& picture) {
  Plane plane{picture.width, picture.height, {}};
  for (float value : brightness(picture))
    plane.values.push_back(255.0 * static_cast<double>(value));
  return plane;
}

Plane product(const Plane& a, const Plane& b) {
  Plane out = a;
  for (size_t i = 0; i < out.values.size(); ++i) out.values[i] *= b.values[i];
  return out;
}

/// Weighted means of all windows that fit: first along rows, then along columns.
Plane windows(const Plane& in) {
  static const std::array<double, kWindow> weights = gaussian();
  Plane rows{in.width - kWindow + 1, in.height, {}};
  rows.values.resize(static_cast<size_t>(rows.width * rows.height));
  for (int64_t y = 0; y < rows.height; ++y) {
    for (int64_t x = 0; x < rows.width; ++x) {
      double sum = 0;
      for (int64_t i = 0; i < kWindow; ++i)
        sum += weights[static_cast<size_t>(i)] * in.at(y, x + i);
      rows.at(y, x) = sum;
    }
  }
  Plane out{rows.width, in.height - kWindow + 1, {}};
  out.values.resize(static_cast<size_t>(out.width * out.height));
  for (int64_t y = 0; y < out.height; ++y) {
    for (int64_t x = 0; x < out.width; ++x) {
      double sum = 0;
      for (int64_t i = 0; i < kWindow; ++i) {
        sum += weights[static_cast<size_t>(i)] * rows.at(y + i, x);
      }
      out.at(y, x) = sum;
    }
  }
  return out;
}

/// The mean of the whole plane, for pictures that no window fits into.
Plane mean_of(const Plane& in) {
  double sum = 0;
  for (double value : in.values) sum += value;
  return {1, 1, {sum / static_cast<double>(in.values.size())}};
}

/// Black, red, yellow, white.
std::array<uint8_t, 3> heat(double share) {
  const auto part = [&](double from) {
    return static_cast<uint8_t>(std::lround(255 * std::clamp((share - from) * 3, 0.0, 1.0)));
  };
  return {part(0), part(1.0 / 3), part(2.0 / 3)};
}

}  // namespace

double psnr(const Picture& a, const Picture& b) {
  require_same_size(a, b);
  const Picture x = to_rgb(a), y = to_rgb(b);
  double squares = 0;
  for (size_t i = 0; i < x.pixels.size(); ++i) {
    const double difference = static_cast<double>(x.pixels[i]) - static_cast<double>(y.pixels[i]);
    squares += difference * difference;
  }
  if (squares == 0) return std::numeric_limits<double>::infinity();
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(x.pixels.size()) / squares);
}

double ssim(const Picture& a, const Picture& b) {
  require_same_size(a, b);
  const Plane x = luma(a), y = luma(b);
  const auto mean = a.width >= kWindow && a.height >= kWindow ? windows : mean_of;
  const Plane mx = mean(x), my = mean(y);
  const Plane xx = mean(product(x, x)), yy = mean(product(y, y)), xy = mean(product(x, y));
  constexpr double kC1 = (0.01 * 255) * (0.01 * 255), kC2 = (0.03 * 255) * (0.03 * 255);
  double sum = 0;
  for (size_t i = 0; i < mx.values.size(); ++i) {
    const double u = mx.values[i], v = my.values[i];
    const double sx = xx.values[i] - u * u, sy = yy.values[i] - v * v, s = xy.values[i] - u * v;
    sum += (2 * u * v + kC1) * (2 * s + kC2) / ((u * u + v * v + kC1) * (sx + sy + kC2));
  }
  return sum / static_cast<double>(mx.values.size());
}

DifferenceMap difference_map(const Picture& a, const Picture& b) {
  require_same_size(a, b);
  const Picture x = to_rgb(a), y = to_rgb(b);
  DifferenceMap map;
  std::vector<int> largest(static_cast<size_t>(a.width * a.height));
  double sum = 0;
  size_t changed = 0;
  for (size_t p = 0; p < largest.size(); ++p) {
    for (size_t c = 0; c < 3; ++c) {
      const int difference = std::abs(x.pixels[3 * p + c] - y.pixels[3 * p + c]);
      largest[p] = std::max(largest[p], difference);
      sum += difference;
    }
    map.largest = std::max(map.largest, largest[p]);
    changed += largest[p] > 0 ? 1 : 0;
  }
  map.mean = sum / static_cast<double>(x.pixels.size());
  map.changed_share = static_cast<double>(changed) / static_cast<double>(largest.size());
  map.full_scale = std::max(16, map.largest);
  map.picture = Picture::blank(a.width, a.height);
  for (size_t p = 0; p < largest.size(); ++p) {
    const auto colour = heat(static_cast<double>(largest[p]) / map.full_scale);
    std::ranges::copy(colour, map.picture.pixels.begin() + static_cast<std::ptrdiff_t>(3 * p));
  }
  return map;
}

}  // namespace newbie::image
