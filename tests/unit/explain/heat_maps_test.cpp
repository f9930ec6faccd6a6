#include "explain/heat_maps.h"

#include <gtest/gtest.h>

namespace newbie::explain {
namespace {

/// Two characters on a grid of 2 x 4 cells: the first is looked at on the left, a little on the
/// right; the second on the right alone.
HeatMaps two_maps() {
  HeatMaps maps{.nodes = 2, .rows = 2, .columns = 4, .values = {}};
  for (auto& phase : maps.values) {
    phase = {.3f, .3f, 0, .1f, .3f, .3f, 0, .1f,  //
             0,   0,   0, .2f, 0,   0,   0, .2f};
  }
  return maps;
}

Questions two_characters(std::vector<prompt::Region> regions) {
  Questions questions;
  for (int c : {1, 2}) {
    questions.nodes.push_back({.kind = Node::Kind::character,
                               .path = "character_" + std::to_string(c),
                               .label = {},
                               .character = c,
                               .tokens = {}});
  }
  questions.regions = std::move(regions);
  return questions;
}

TEST(HeatMaps, ShareIsTheMeanOverThePicture) {
  EXPECT_NEAR(two_maps().share(0), 1.4 / 8, 1e-6);
  EXPECT_NEAR(two_maps().share(1, Phase::late), 0.4 / 8, 1e-6);
}

TEST(HeatMaps, LeakageIsTheShareInTheOthersRegion) {
  const HeatMaps maps = two_maps();
  const auto regions =
      regions_of(two_characters({{1, "left", {}}, {2, "", prompt::Box{500, 0, 1000, 1000}}}), maps);
  ASSERT_EQ(regions.size(), 2u);
  EXPECT_EQ(regions[0].source, "position");
  EXPECT_EQ(regions[1].source, "box");
  const auto table = leakage_of(regions, maps);
  EXPECT_NEAR(table[0].inside[0], 1.2 / 1.4, 1e-6);
  EXPECT_NEAR(table[0].inside[1], 0.2 / 1.4, 1e-6);
  EXPECT_NEAR(table[0].outside, 0, 1e-6);
  EXPECT_NEAR(table[1].inside[1], 1, 1e-6);
  EXPECT_EQ(to_text(table),
            "attention to   in character_1  in character_2  elsewhere\n"
            "  character_1          85.7 %          14.3 %      0.0 %\n"
            "  character_2           0.0 %         100.0 %      0.0 %\n");
  EXPECT_EQ(to_text({table[0]}), "") << "nobody to leak to";
}

TEST(HeatMaps, WhatLiesInNoRegionIsElsewhere) {
  const HeatMaps maps = two_maps();
  const auto table =
      leakage_of(regions_of(two_characters({{1, "", prompt::Box{0, 0, 250, 1000}},
                                            {2, "", prompt::Box{750, 0, 1000, 500}}}),
                            maps),
                 maps);
  EXPECT_NEAR(table[0].inside[0], 0.6 / 1.4, 1e-6);
  EXPECT_NEAR(table[0].inside[1], 0.1 / 1.4, 1e-6);
  EXPECT_NEAR(table[0].outside, 0.7 / 1.4, 1e-6);
}

TEST(HeatMaps, WithoutPlacesACellIsWhoseAttentionItHoldsMost) {
  const HeatMaps maps = two_maps();
  const auto regions = regions_of(two_characters({{1, "left", {}}, {2, "", {}}}), maps);
  EXPECT_EQ(regions[0].source, "attention");
  EXPECT_EQ(regions[1].inside,
            (std::vector<bool>{false, false, false, true, false, false, false, true}));
}

}  // namespace
}  // namespace newbie::explain
