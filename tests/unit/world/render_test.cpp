#include "world/render.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/error.h"
#include "unit/world/scenes.h"

namespace newbie::world {
namespace {

using test::any_scene;
using test::one_girl;

/// Pixels of which any channel differs by more than a shade.
int64_t pixels_changed(const image::Picture& a, const image::Picture& b) {
  int64_t changed = 0;
  for (size_t i = 0; i < a.pixels.size(); i += 3) {
    int most = 0;
    for (size_t c = i; c < i + 3; ++c) most = std::max(most, std::abs(a.pixels[c] - b.pixels[c]));
    changed += most > 24;
  }
  return changed;
}

TEST(Render, TheSameSeedGivesTheSameBytes) {
  for (uint64_t index = 0; index < 8; ++index) {
    const Rendering a = render(any_scene(index), 5 + index),
                    b = render(any_scene(index), 5 + index);
    EXPECT_EQ(a.picture, b.picture);
    EXPECT_EQ(a.parts, b.parts);
    EXPECT_EQ(a.boxes, b.boxes);
  }
}

TEST(Render, AnotherSeedGivesAnotherPictureOfTheSameScene) {
  EXPECT_GT(pixels_changed(render(one_girl(), 1).picture, render(one_girl(), 2).picture), 500);
}

/// Every two values of an attribute must look different enough for a small network to learn.
class EveryValue : public testing::TestWithParam<int> {};

TEST_P(EveryValue, OfACharacterChangesPixels) {
  const auto trait = static_cast<Trait>(GetParam());
  std::vector<image::Picture> pictures;
  for (size_t value = 0; value < table(trait).values.size(); ++value) {
    Scene scene = one_girl();
    scene.characters[0][trait] = static_cast<uint8_t>(value);
    pictures.push_back(render(scene, 3).picture);
  }
  for (size_t a = 0; a < pictures.size(); ++a) {
    for (size_t b = 0; b < a; ++b) {
      EXPECT_GT(pixels_changed(pictures[a], pictures[b]), 60)
          << table(trait).name << ": " << table(trait).values[a].tag << " and "
          << table(trait).values[b].tag;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Traits, EveryValue, testing::Range(0, kTraitCount), [](const auto& row) {
  return std::string(table(static_cast<Trait>(row.param)).name);
});

class EverySceneValue : public testing::TestWithParam<int> {};

TEST_P(EverySceneValue, ChangesPixels) {
  const auto trait = static_cast<SceneTrait>(GetParam());
  std::vector<image::Picture> pictures;
  for (size_t value = 0; value < table(trait).values.size(); ++value) {
    Scene scene = one_girl();
    scene[trait] = static_cast<uint8_t>(value);
    pictures.push_back(render(scene, 3).picture);
  }
  for (size_t a = 0; a < pictures.size(); ++a) {
    for (size_t b = 0; b < a; ++b) {
      EXPECT_GT(pixels_changed(pictures[a], pictures[b]), 1000)
          << table(trait).values[a].tag << " and " << table(trait).values[b].tag;
    }
  }
}
INSTANTIATE_TEST_SUITE_P(Traits, EverySceneValue, testing::Range(0, kSceneTraitCount),
                         [](const auto& row) {
                           return std::string(table(static_cast<SceneTrait>(row.param)).name);
                         });

TEST(Render, ChangingOneAttributeLeavesTheRestOfTheFigureAlone) {
  Scene red = one_girl(), blue = one_girl();
  red.characters[0][Trait::clothing_color] = static_cast<uint8_t>(ClothingColor::red);
  const Rendering a = render(red, 9), b = render(blue, 9);
  EXPECT_EQ(a.parts, b.parts);
  for (size_t i = 0; i < a.parts.size(); ++i) {
    if (a.parts[i] == 1) {  // hair
      ASSERT_TRUE(std::equal(a.picture.pixels.begin() + 3 * i, a.picture.pixels.begin() + 3 * i + 3,
                             b.picture.pixels.begin() + 3 * i));
    }
  }
}

TEST(Render, BoxesAreThoseOfTheMasks) {
  for (uint64_t index = 0; index < 12; ++index) {
    const Scene scene = any_scene(index);
    const Rendering drawn = render(scene, index);
    ASSERT_EQ(drawn.boxes.size(), scene.characters.size());
    for (size_t who = 0; who < scene.characters.size(); ++who) {
      const image::Picture mask = drawn.mask(who);
      Box box{mask.width, mask.height, 0, 0};
      for (int64_t y = 0; y < mask.height; ++y) {
        for (int64_t x = 0; x < mask.width; ++x) {
          if (mask.row(y)[x] == 0) continue;
          ASSERT_EQ(mask.row(y)[x], 255);
          box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x + 1),
                 std::max(box.bottom, y + 1)};
        }
      }
      EXPECT_EQ(box, drawn.boxes[who]) << "picture " << index << ", character " << who;
    }
  }
}

TEST(Render, EveryCharacterShowsAllItsPartsInItsPlace) {
  for (uint64_t index = 0; index < 30; ++index) {
    const Scene scene = any_scene(index);
    const Rendering drawn = render(scene, index);
    std::vector<int64_t> middles;
    for (size_t who = 0; who < scene.characters.size(); ++who) {
      std::array<int64_t, 4> pixels{};
      int64_t sum = 0, count = 0;
      for (size_t i = 0; i < drawn.parts.size(); ++i) {
        const int part = drawn.parts[i];
        if (part == 0 || (part - 1) / 4 != static_cast<int>(who)) continue;
        ++pixels[static_cast<size_t>((part - 1) % 4)];
        sum += static_cast<int64_t>(i) % drawn.picture.width;
        ++count;
      }
      for (const int part : {0, 1, 2}) {
        EXPECT_GT(pixels[static_cast<size_t>(part)], 40)
            << "picture " << index << ", part " << part;
      }
      ASSERT_GT(count, 0);
      middles.push_back(sum / count);
    }
    EXPECT_TRUE(std::ranges::is_sorted(middles)) << "characters stand from left to right";
  }
}

TEST(Render, PartMapsHoldNothingButParts) {
  for (uint64_t index = 0; index < 6; ++index) {
    const Scene scene = any_scene(index);
    const Rendering drawn = render(scene, index);
    for (const uint8_t part : drawn.parts) ASSERT_LE(part, 4 * scene.characters.size());
  }
}

TEST(Render, DrawsAnySizeInItsProportions) {
  for (const Size size : {Size{64, 64}, Size{200, 320}, Size{333, 97}, Size{512, 384}}) {
    const Rendering drawn = render(any_scene(3), 1, size);
    EXPECT_EQ(drawn.picture.width, size.width);
    EXPECT_EQ(drawn.picture.height, size.height);
    EXPECT_EQ(drawn.parts.size(), static_cast<size_t>(size.width * size.height));
    for (const Box& box : drawn.boxes) EXPECT_GT(box.right, box.left);
  }
}

TEST(Render, ALargerPictureShowsTheSame) {
  const Rendering small = render(one_girl(), 4, {128, 128}),
                  large = render(one_girl(), 4, {256, 256});
  const std::vector<uint8_t> shrunk = shrink_parts(large.parts, {256, 256}, 128, 128);
  size_t same = 0;
  for (size_t i = 0; i < shrunk.size(); ++i) same += shrunk[i] == small.parts[i];
  EXPECT_GT(same, shrunk.size() * 96 / 100);
}

TEST(Render, RefusesWhatCannotBeDrawn) {
  EXPECT_THROW(render(Scene{}, 0), Error);
  Scene crowd = one_girl();
  crowd.characters.resize(4);
  EXPECT_THROW(render(crowd, 0), Error);
  EXPECT_THROW(render(one_girl(), 0, {8, 256}), Error);
  EXPECT_THROW(render(one_girl(), 0, {256, 100000}), Error);
}

TEST(Parts, ShrinkToTheMostFrequent) {
  const std::vector<uint8_t> parts = {0, 1, 5, 5,  //
                                      1, 1, 5, 0};
  EXPECT_EQ(shrink_parts(parts, {4, 2}, 2, 1), (std::vector<uint8_t>{1, 5}));
  EXPECT_EQ(shrink_parts({2, 1, 1, 2}, {2, 2}, 1, 1), std::vector<uint8_t>{1})
      << "the lowest of several";
  EXPECT_THROW(shrink_parts(parts, {4, 2}, 3, 1), Error);
}

}  // namespace
}  // namespace newbie::world
