#include "eval/fidelity.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/error.h"
#include "eval/frechet.h"
#include "eval/worst.h"

namespace newbie::eval {
namespace {

using Points = std::vector<std::vector<float>>;

TEST(Frechet, ZeroForTheSameSet) {
  const Points points{{0, 1}, {2, 0}, {1, 5}, {4, 4}};
  EXPECT_NEAR(frechet_distance(points, points), 0, 1e-6);
}

TEST(Frechet, AShiftCountsAsItsSquare) {
  const Points a{{0, 1}, {2, 0}, {1, 5}, {4, 4}};
  Points b = a;
  for (auto& point : b) point[0] += 3;
  EXPECT_NEAR(frechet_distance(a, b), 9, 1e-6);
}

TEST(Frechet, SpreadsCountByTheirDifference) {
  // Independent axes with variances (1, 4) and (9, 1): (1 - 3)^2 + (2 - 1)^2.
  const float r = std::sqrt(1.5f);
  const auto cross = [r](float x, float y) {
    return Points{{r * x, 0}, {-r * x, 0}, {0, r * y}, {0, -r * y}};
  };
  EXPECT_NEAR(frechet_distance(cross(1, 2), cross(3, 1)), 5, 1e-5);
}

TEST(Fidelity, PsnrOfKnownErrors) {
  image::Picture a = image::Picture::blank(2, 2), b = a;
  EXPECT_TRUE(std::isinf(psnr(a, b)));
  for (uint8_t& level : b.pixels) level = 255;
  EXPECT_NEAR(psnr(a, b), 0, 1e-12);
  b = a;
  b.pixels[0] = 51;  // a fifth of the range in one of twelve values
  EXPECT_NEAR(psnr(a, b), 10 * std::log10(25 * 12), 1e-9);
  EXPECT_THROW(psnr(a, image::Picture::blank(3, 2)), Error);
}

TEST(Fidelity, MeanWithItsStandardError) {
  const MeanAndError result = mean_of({1, 2, 3, 4});
  EXPECT_DOUBLE_EQ(result.mean, 2.5);
  EXPECT_NEAR(result.error, std::sqrt(5.0 / 3 / 4), 1e-12);
  EXPECT_EQ(mean_of({7}).error, 0);
}

JudgedPicture with_mistakes(int count) {
  JudgedPicture picture;
  picture.asked.characters.resize(1);
  picture.seen = picture.asked;
  const world::Trait traits[] = {world::Trait::hair_color, world::Trait::action};
  for (int i = 0; i < count; ++i) picture.seen.characters[0][traits[i]] = 1;
  return picture;
}

TEST(Worst, TheMostMistakesComeFirstAndFlawlessPicturesNever) {
  const std::vector<JudgedPicture> pictures{with_mistakes(1), with_mistakes(0), with_mistakes(2),
                                            with_mistakes(1)};
  EXPECT_EQ(worst_of(pictures, 10), (std::vector<size_t>{2, 0, 3}));
  EXPECT_EQ(worst_of(pictures, 1), (std::vector<size_t>{2}));
}

TEST(Worst, SaysWhatWasSeenForWhat) {
  EXPECT_EQ(to_text(mistakes_of(with_mistakes(2))),
            "1: brown_hair for blonde_hair; 1: waving for standing");
  JudgedPicture missing = with_mistakes(0);
  missing.seen.characters.clear();
  EXPECT_EQ(mistakes_of(missing).size(), std::size(kJudged));
  EXPECT_EQ(mistakes_of(missing).front().seen, "nobody");
}

}  // namespace
}  // namespace newbie::eval
