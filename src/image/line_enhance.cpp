#include "image/line_enhance.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace newbie::image {
namespace {

constexpr double kFlat = 6;    ///< levels of brightness: below, nothing is an edge
constexpr double kEdge = 40;   ///< from here on, everything is
constexpr double kStep = 2.5;  ///< of the distance to the average, at full amount

double smooth(double x) {
  x = std::clamp(x, 0.0, 1.0);
  return x * x * (3 - 2 * x);
}

/// The 3 x 3 pixels around one; the border repeats.
class Around {
 public:
  Around(const Picture& picture, int64_t x, int64_t y) : channels_(picture.channels) {
    size_t at = 0;
    for (int64_t dy = -1; dy <= 1; ++dy) {
      const uint8_t* row = picture.row(std::clamp<int64_t>(y + dy, 0, picture.height - 1));
      for (int64_t dx = -1; dx <= 1; ++dx) {
        pixels_[at++] = row + std::clamp<int64_t>(x + dx, 0, picture.width - 1) * channels_;
      }
    }
  }

  const uint8_t* middle() const { return pixels_[4]; }

  std::pair<uint8_t, uint8_t> range(int channel) const {
    uint8_t low = 255, high = 0;
    for (const uint8_t* pixel : pixels_) {
      low = std::min(low, pixel[channel]);
      high = std::max(high, pixel[channel]);
    }
    return {low, high};
  }

  std::array<double, 9> brightness() const {
    std::array<double, 9> levels{};
    for (size_t i = 0; i < 9; ++i) {
      const uint8_t* p = pixels_[i];
      levels[i] = channels_ < 3 ? p[0] : 0.299 * p[0] + 0.587 * p[1] + 0.114 * p[2];
    }
    return levels;
  }

 private:
  int channels_;
  std::array<const uint8_t*, 9> pixels_{};
};

/// How many levels the middle moves.
double step(const std::array<double, 9>& levels, double amount) {
  const auto [low, high] = std::ranges::minmax(levels);
  const double edge = smooth((high - low - kFlat) / (kEdge - kFlat));
  if (edge == 0) return 0;
  constexpr std::array<double, 9> kNear{1, 2, 1, 2, 4, 2, 1, 2, 1};
  double average = 0;
  for (size_t i = 0; i < 9; ++i) average += levels[i] * kNear[i] / 16;
  return amount * kStep * edge * (levels[4] - average);
}

}  // namespace

Picture enhance_lines(const Picture& picture, double amount) {
  if (amount <= 0) return picture;
  Picture out = picture;
  const int colours = picture.channels < 3 ? 1 : 3;
  for (int64_t y = 0; y < picture.height; ++y) {
    for (int64_t x = 0; x < picture.width; ++x) {
      const Around around(picture, x, y);
      const double moved = step(around.brightness(), amount);
      if (moved == 0) continue;
      uint8_t* pixel = out.row(y) + x * picture.channels;
      for (int c = 0; c < colours; ++c) {
        const auto [low, high] = around.range(c);
        const double level = std::clamp<double>(around.middle()[c] + moved, low, high);
        pixel[c] = static_cast<uint8_t>(std::lround(level));
      }
    }
  }
  return out;
}

}  // namespace newbie::image
