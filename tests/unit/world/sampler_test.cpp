#include "world/sampler.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

#include "base/error.h"
#include "base/hash.h"
#include "base/parallel.h"
#include "world/random.h"

namespace newbie::world {
namespace {

TEST(Random, IsTheSameOnEveryMachine) {
  Random random = Random::stream(1, 2);
  const uint64_t first = random.next();
  EXPECT_EQ(first, Random::stream(1, 2).next());
  EXPECT_NE(first, Random::stream(1, 3).next());
  EXPECT_NE(first, Random::stream(2, 2).next());
  EXPECT_EQ(Random(0).next(), 0xE220A8397B1DCDAFu) << "splitmix64's published first value";
}

TEST(Random, StaysInItsRanges) {
  Random random(3);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_LT(random.uniform(), 1.0);
    EXPECT_LE(std::abs(random.around(0.5)), 0.5);
    EXPECT_LT(random.below(7), 7);
  }
  constexpr double kWeights[] = {0, 1, 0};
  for (int i = 0; i < 50; ++i) EXPECT_EQ(random.weighted(kWeights), 1);
}

TEST(Sampler, GivesTheSamePictureInAnyOrderAndFromAnyThread) {
  const Sampler sampler(5);
  constexpr int kCount = 12;
  std::vector<Sample> serial, parallel(kCount);
  for (int i = kCount; i-- > 0;)
    serial.insert(serial.begin(), sampler.draw(static_cast<uint64_t>(i)));
  parallel_for(4, kCount, [&](int64_t i) {
    parallel[static_cast<size_t>(i)] = sampler.draw(static_cast<uint64_t>(i));
  });
  for (size_t i = 0; i < kCount; ++i) {
    EXPECT_EQ(serial[i].rendering.picture, parallel[i].rendering.picture);
    EXPECT_EQ(serial[i].rendering.parts, parallel[i].rendering.parts);
    EXPECT_EQ(serial[i].xml, parallel[i].xml);
    EXPECT_EQ(serial[i].scene, parallel[i].scene);
  }
}

TEST(Sampler, HasAsMuchWeatherAsIsAskedFor) {
  SceneOptions options;
  options.weather_share = 0.8;
  const Sampler sampler(4, options);
  std::array<int, 5> seen{};
  int outdoors = 0;
  for (uint64_t i = 0; i < 2000; ++i) {
    const Scene scene = sampler.scene(i);
    if (scene.background() == Background::classroom) {
      EXPECT_EQ(scene.weather(), Weather::clear);
      continue;
    }
    ++outdoors;
    ++seen[static_cast<size_t>(scene.weather())];
  }
  EXPECT_NEAR(seen[0], 0.2 * outdoors, 0.04 * outdoors);
  for (size_t kind = 1; kind < seen.size(); ++kind) {
    EXPECT_NEAR(seen[kind], 0.2 * outdoors, 0.04 * outdoors) << kind;
  }
}

/// Pictures are training data and rulers: they change only when somebody means it. One number for
/// all machines; how far that reaches is told in docs/adr/0260.
TEST(Sampler, DrawsWhatItDrewBefore) {
  std::string bytes;
  for (uint64_t i = 0; i < 8; ++i) {
    const Sample sample = Sampler(2026).draw(i, i % 2 ? Size{256, 256} : Size{208, 320});
    bytes += hex64(hash64({reinterpret_cast<const char*>(sample.rendering.picture.pixels.data()),
                           sample.rendering.picture.pixels.size()}));
    bytes += hex64(hash64({reinterpret_cast<const char*>(sample.rendering.parts.data()),
                           sample.rendering.parts.size()}));
    bytes += sample.xml + Sampler(2026).caption(i, sample.scene, 0);
  }
  EXPECT_EQ(hex64(hash64(bytes)), "76f9b8792c04ce09")
      << "pin this when pictures were meant to change";
}

TEST(Sampler, AnotherSeedIsAnotherWorld) {
  int same = 0;
  for (uint64_t i = 0; i < 20; ++i) same += Sampler(1).scene(i) == Sampler(2).scene(i);
  EXPECT_EQ(same, 0);
}

TEST(Sampler, ShowsEveryValueAndEveryNumberOfCharacters) {
  std::set<size_t> counts;
  std::array<std::set<int>, kTraitCount> values;
  std::array<std::set<int>, kSceneTraitCount> scene_values;
  for (uint64_t i = 0; i < 600; ++i) {
    const Scene scene = Sampler(7).scene(i);
    counts.insert(scene.characters.size());
    for (const Character& who : scene.characters) {
      for (size_t t = 0; t < kTraitCount; ++t) values[t].insert(who.values[t]);
    }
    for (size_t t = 0; t < kSceneTraitCount; ++t) scene_values[t].insert(scene.values[t]);
  }
  EXPECT_EQ(counts, (std::set<size_t>{1, 2, 3}));
  for (size_t t = 0; t < kTraitCount; ++t) {
    EXPECT_EQ(values[t].size(), character_traits()[t].values.size()) << character_traits()[t].name;
  }
  for (size_t t = 0; t < kSceneTraitCount; ++t) {
    EXPECT_EQ(scene_values[t].size(), scene_traits()[t].values.size()) << scene_traits()[t].name;
  }
}

TEST(Sampler, NeverContradictsItself) {
  for (uint64_t i = 0; i < 400; ++i) {
    const Scene scene = Sampler(9).scene(i);
    if (scene.background() == Background::white_background) {
      EXPECT_EQ(scene.time(), Time::day);
    }
    if (scene.background() == Background::classroom) {
      EXPECT_EQ(scene.weather(), Weather::clear);
    }
    for (const Character& who : scene.characters) {
      if (scene.framing() == Framing::portrait) {
        EXPECT_NE(who.action(), Action::hands_on_hips);
      }
    }
  }
}

TEST(Sampler, MakesDisjointScenesThatCanBeJudged) {
  SceneOptions options;
  options.characters = 3;
  options.disjoint = true;
  options.judgeable = true;
  options.any_gender = false;
  const Sampler sampler(11, options);
  for (uint64_t i = 0; i < 100; ++i) {
    const Scene scene = sampler.scene(i);
    ASSERT_EQ(scene.characters.size(), 3u);
    EXPECT_NE(scene.style(), PictureStyle::monochrome);
    EXPECT_EQ(scene.framing(), Framing::full_body);
    for (size_t a = 0; a < 3; ++a) {
      for (size_t b = 0; b < a; ++b) {
        for (int t = 0; t < static_cast<int>(Trait::gender); ++t) {
          EXPECT_NE(scene.characters[a].values[static_cast<size_t>(t)],
                    scene.characters[b].values[static_cast<size_t>(t)])
              << character_traits()[static_cast<size_t>(t)].name;
        }
      }
    }
  }
}

TEST(Sizes, HaveTheAspectAndAboutTheArea) {
  EXPECT_EQ(size_of("1:1", 256), (Size{256, 256}));
  for (const std::string_view aspect : aspects()) {
    for (const int64_t side : {256, 384, 512, 1024}) {
      const Size size = size_of(aspect, side);
      EXPECT_EQ(size.width % 16, 0);
      EXPECT_EQ(size.height % 16, 0);
      EXPECT_NEAR(static_cast<double>(size.width * size.height), static_cast<double>(side * side),
                  static_cast<double>(side * side) * 0.06);
    }
  }
  EXPECT_GT(size_of("4:3", 256).width, size_of("4:3", 256).height);
  EXPECT_LT(size_of("2:3", 256).width, size_of("3:4", 256).width);
  EXPECT_THROW(size_of("5:4", 256), Error);
  EXPECT_THROW(size_of("1:1", 8), Error);
}

}  // namespace
}  // namespace newbie::world
