#include "image/line_enhance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace newbie::image {
namespace {

/// A dark line with soft sides on a light ground, as a decoder leaves it.
Picture soft_line() {
  Picture picture = Picture::blank(31, 9);
  for (int64_t y = 0; y < picture.height; ++y) {
    for (int64_t x = 0; x < picture.width; ++x) {
      const double away = std::abs(static_cast<double>(x) - 15) / 2.5;
      const auto level = static_cast<uint8_t>(std::lround(230 - 200 * std::exp(-away * away)));
      for (int c = 0; c < 3; ++c) picture.row(y)[3 * x + c] = level;
    }
  }
  return picture;
}

Picture noise(uint32_t seed, int channels) {
  std::mt19937 generator(seed);
  Picture picture = Picture::blank(23, 17, channels);
  for (uint8_t& level : picture.pixels) level = static_cast<uint8_t>(generator() & 0xFF);
  return picture;
}

TEST(LineEnhance, NothingIsNothing) {
  const Picture picture = noise(1, 3);
  EXPECT_EQ(enhance_lines(picture, 0), picture);
}

TEST(LineEnhance, SidesOfALineBecomeSteeper) {
  const Picture before = soft_line();
  const auto steepest = [](const Picture& picture) {
    int most = 0;
    for (int64_t x = 1; x < picture.width; ++x) {
      most = std::max(most, std::abs(picture.row(4)[3 * x] - picture.row(4)[3 * (x - 1)]));
    }
    return most;
  };
  const int half = steepest(enhance_lines(before, 0.5)), full = steepest(enhance_lines(before, 1));
  EXPECT_GT(half, steepest(before));
  EXPECT_GT(full, half);
  EXPECT_EQ(enhance_lines(before, 1).row(4)[3 * 15], before.row(4)[3 * 15]) << "the core stays";
}

TEST(LineEnhance, NeverLeavesTheRangeOfItsNeighbours) {
  for (int channels : {1, 3, 4}) {
    const Picture before = noise(7, channels), after = enhance_lines(before, 1);
    EXPECT_FALSE(before == after);
    for (int64_t y = 0; y < before.height; ++y) {
      for (int64_t x = 0; x < before.width; ++x) {
        for (int c = 0; c < channels; ++c) {
          int low = 255, high = 0;
          for (int64_t v = std::max<int64_t>(0, y - 1); v <= std::min(before.height - 1, y + 1);
               ++v) {
            for (int64_t u = std::max<int64_t>(0, x - 1); u <= std::min(before.width - 1, x + 1);
                 ++u) {
              low = std::min<int>(low, before.row(v)[u * channels + c]);
              high = std::max<int>(high, before.row(v)[u * channels + c]);
            }
          }
          const int found = after.row(y)[x * channels + c];
          ASSERT_GE(found, low);
          ASSERT_LE(found, high);
          if (c == 3) {
            ASSERT_EQ(found, before.row(y)[x * channels + 3]) << "alpha";
          }
        }
      }
    }
  }
}

TEST(LineEnhance, FlatAndNearlyFlatAreasAreUntouched) {
  Picture gradient = Picture::blank(64, 64);
  std::mt19937 generator(3);
  for (int64_t y = 0; y < 64; ++y) {
    for (int64_t x = 0; x < 64; ++x) {
      for (int c = 0; c < 3; ++c) {
        gradient.row(y)[3 * x + c] = static_cast<uint8_t>(100 + x + generator() % 3);
      }
    }
  }
  EXPECT_EQ(enhance_lines(gradient, 1), gradient);
}

}  // namespace
}  // namespace newbie::image
