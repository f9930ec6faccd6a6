#include "image/metrics.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace newbie::image {
namespace {

/// A smooth pattern with some texture; `shift` brightens it.
Picture pattern(int64_t width, int64_t height, int shift = 0) {
  Picture picture = Picture::blank(width, height);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      for (int64_t c = 0; c < 3; ++c) {
        const int64_t level = 60 + 2 * x + y + 20 * c + ((x * 7 + y * 13) % 9) + shift;
        picture.row(y)[3 * x + c] = static_cast<uint8_t>(std::clamp<int64_t>(level, 0, 255));
      }
    }
  }
  return picture;
}

TEST(Metrics, EqualPicturesAreEqual) {
  const Picture a = pattern(24, 20);
  EXPECT_TRUE(std::isinf(psnr(a, a)));
  EXPECT_DOUBLE_EQ(ssim(a, a), 1);
  const DifferenceMap map = difference_map(a, a);
  EXPECT_EQ(map.largest, 0);
  EXPECT_EQ(map.changed_share, 0);
  EXPECT_EQ(map.picture, Picture::blank(24, 20));
}

TEST(Metrics, PsnrOfAKnownDifference) {
  Picture a = Picture::blank(10, 10);
  Picture b = a;
  std::ranges::fill(b.pixels, uint8_t{5});
  EXPECT_NEAR(psnr(a, b), 20 * std::log10(255.0 / 5), 1e-9);
  std::ranges::fill(b.pixels, uint8_t{255});
  EXPECT_NEAR(psnr(a, b), 0, 1e-12);
}

TEST(Metrics, SsimOfFlatPicturesIsItsBrightnessTerm) {
  Picture a = Picture::blank(16, 16), b = a;
  std::ranges::fill(a.pixels, uint8_t{100});
  std::ranges::fill(b.pixels, uint8_t{150});
  const double c1 = 2.55 * 2.55;
  const double expected = (2.0 * 100 * 150 + c1) / (100.0 * 100 + 150.0 * 150 + c1);
  EXPECT_NEAR(ssim(a, b), expected, 1e-6);
}

TEST(Metrics, SsimSeesStructureMoreThanBrightness) {
  const Picture a = pattern(40, 40);
  Picture noisy = a;
  for (size_t i = 0; i < noisy.pixels.size(); i += 3) {
    const int change = (i / 3) % 2 == 0 ? 12 : -12;
    for (size_t c = 0; c < 3; ++c) {
      noisy.pixels[i + c] = static_cast<uint8_t>(noisy.pixels[i + c] + change);
    }
  }
  EXPECT_GT(ssim(a, pattern(40, 40, 12)), 0.95);
  EXPECT_LT(ssim(a, noisy), 0.9);
  EXPECT_DOUBLE_EQ(ssim(a, noisy), ssim(noisy, a));
}

TEST(Metrics, PicturesSmallerThanAWindow) {
  const Picture a = pattern(4, 4);
  EXPECT_DOUBLE_EQ(ssim(a, a), 1);
  EXPECT_LT(ssim(a, pattern(4, 4, 60)), 1);
}

TEST(Metrics, DifferencesAreLocatedAndScaled) {
  const Picture a = pattern(24, 20);
  Picture b = a;
  b.row(3)[3 * 7 + 1] = static_cast<uint8_t>(a.row(3)[3 * 7 + 1] + 40);
  const DifferenceMap map = difference_map(a, b);
  EXPECT_EQ(map.largest, 40);
  EXPECT_EQ(map.full_scale, 40);
  EXPECT_DOUBLE_EQ(map.changed_share, 1.0 / (24 * 20));
  EXPECT_DOUBLE_EQ(map.mean, 40.0 / (24 * 20 * 3));
  EXPECT_EQ(map.picture.row(3)[3 * 7], 255);
  EXPECT_EQ(map.picture.row(3)[3 * 7 + 2], 255) << "the largest difference is white";
  EXPECT_EQ(map.picture.row(3)[3 * 8], 0);
}

TEST(Metrics, SizesMustAgree) {
  for (const auto& measure : {psnr, ssim}) {
    try {
      measure(pattern(4, 4), pattern(4, 5));
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "image.wrong_size");
    }
  }
}

}  // namespace
}  // namespace newbie::image
