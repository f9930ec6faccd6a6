#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "eval/binding.h"
#include "eval/report.h"
#include "eval/scenes.h"
#include "prompt/lint.h"
#include "world/scene_prompt.h"

namespace newbie::eval {
namespace {

using testing::HasSubstr;
using world::Trait;

JudgedPicture perfect(uint64_t index, int characters = 2) {
  const world::Scene scene = BindingScenes(1, characters).scene(index);
  return {scene, scene};
}

TEST(Proportion, HasWilsonsInterval) {
  // Published values: Newcombe (1998), table I, method 3.
  const Interval rare = Proportion{15, 148}.wilson();
  EXPECT_NEAR(rare.low, 0.0624, 5e-5);
  EXPECT_NEAR(rare.high, 0.1605, 5e-5);
  const Interval none = Proportion{0, 20}.wilson();
  EXPECT_EQ(none.low, 0);
  EXPECT_NEAR(none.high, 0.1611, 5e-5);
  const Interval all = Proportion{29, 29}.wilson();
  EXPECT_NEAR(all.low, 0.8830, 5e-5);
  EXPECT_NEAR(all.high, 1, 1e-12);
  const Interval nothing = Proportion{}.wilson();
  EXPECT_EQ(nothing.low, 0);
  EXPECT_EQ(nothing.high, 1);
}

TEST(Judge, APerfectSetHasNoMistakes) {
  std::vector<JudgedPicture> pictures;
  for (uint64_t i = 0; i < 30; ++i) pictures.push_back(perfect(i, i % 2 ? 2 : 3));
  const BindingReport report = judge(pictures);
  EXPECT_EQ(report.pictures, 30);
  EXPECT_EQ(report.binding_accuracy(), 1);
  EXPECT_EQ(report.leakage.hits, 0);
  EXPECT_EQ(report.all_colors, (Proportion{30, 30}));
  EXPECT_EQ(report.all_attributes, (Proportion{30, 30}));
  EXPECT_EQ(report.count, (Proportion{30, 30}));
  for (const Proportion& share : report.scene) EXPECT_EQ(share, (Proportion{30, 30}));
  for (const ConfusionTable& table : report.confusions) {
    for (size_t asked = 0; asked < table.values; ++asked) {
      for (size_t seen = 0; seen <= table.values; ++seen) {
        EXPECT_TRUE(seen == asked || table.at(asked, seen) == 0);
      }
    }
  }
}

TEST(Judge, ASwapIsLeakageInBothDirections) {
  JudgedPicture picture = perfect(3);
  std::swap(picture.seen.characters[0][Trait::hair_color],
            picture.seen.characters[1][Trait::hair_color]);
  const BindingReport report = judge(std::vector{picture});
  EXPECT_EQ(report.attributes[0], (Proportion{0, 2})) << "hair colours";
  EXPECT_EQ(report.attributes[5], (Proportion{2, 2})) << "clothing colours";
  EXPECT_EQ(report.leakage.hits, 2);
  EXPECT_EQ(report.binding.trials - report.binding.hits, 2);
  EXPECT_EQ(report.all_colors, (Proportion{0, 1}));
  EXPECT_EQ(mistakes(picture), 2);
}

TEST(Judge, AValueThatNobodyAskedForIsWrongButNoLeak) {
  JudgedPicture picture = perfect(3);
  uint8_t other = 0;
  while (other == picture.asked.characters[0][Trait::hair_color] ||
         other == picture.asked.characters[1][Trait::hair_color]) {
    ++other;
  }
  picture.seen.characters[0][Trait::hair_color] = other;
  const BindingReport report = judge(std::vector{picture});
  EXPECT_EQ(report.attributes[0], (Proportion{1, 2}));
  EXPECT_EQ(report.leakage.hits, 0);
  const ConfusionTable& table = report.confusions[0];
  EXPECT_EQ(table.at(picture.asked.characters[0][Trait::hair_color], other), 1);
  EXPECT_EQ(table.at(picture.asked.characters[1][Trait::hair_color],
                     picture.asked.characters[1][Trait::hair_color]),
            1);
}

TEST(Judge, MissingCharactersAreWrongAndSurplusOnesMiscounted) {
  JudgedPicture missing = perfect(4), surplus = perfect(4);
  missing.seen.characters.pop_back();
  surplus.seen.characters.push_back(surplus.seen.characters[0]);
  const BindingReport less = judge(std::vector{missing}), more = judge(std::vector{surplus});
  EXPECT_EQ(less.count, (Proportion{0, 1}));
  EXPECT_EQ(less.attributes[0], (Proportion{1, 2}));
  EXPECT_EQ(less.leakage.hits, 0);
  const ConfusionTable& table = less.confusions[0];
  EXPECT_EQ(table.at(missing.asked.characters[1][Trait::hair_color], table.nothing()), 1);
  EXPECT_EQ(more.count, (Proportion{0, 1}));
  EXPECT_EQ(more.binding_accuracy(), 1);
  EXPECT_EQ(more.all_attributes, (Proportion{0, 1}));
  EXPECT_EQ(more.counts, (std::array{Proportion{}, Proportion{0, 1}, Proportion{}}));
}

TEST(Judge, EyesBehindClosedLidsAreNotJudged) {
  JudgedPicture picture = perfect(5);
  for (world::Scene* scene : {&picture.asked, &picture.seen}) {
    scene->characters[0][Trait::expression] = static_cast<uint8_t>(world::Expression::closed_eyes);
    scene->characters[1][Trait::expression] = static_cast<uint8_t>(world::Expression::smile);
  }
  picture.seen.characters[0][Trait::eye_color] ^= 1;
  const BindingReport report = judge(std::vector{picture});
  EXPECT_EQ(report.attributes[2], (Proportion{1, 1}));
  EXPECT_EQ(report.binding_accuracy(), 1);
}

TEST(Judge, SceneAttributesAreCountedPerPicture) {
  JudgedPicture picture = perfect(6);
  picture.seen[world::SceneTrait::weather] ^= 1;
  const BindingReport report = judge(std::vector{picture, perfect(7)});
  EXPECT_EQ(report.scene[static_cast<size_t>(world::SceneTrait::weather)], (Proportion{1, 2}));
  EXPECT_EQ(report.scene[static_cast<size_t>(world::SceneTrait::background)], (Proportion{2, 2}));
}

TEST(BindingScenes, HaveTwoAndThreeCharactersThatShareNothing) {
  const BindingScenes scenes(9);
  std::set<size_t> counts;
  for (uint64_t i = 0; i < 60; ++i) {
    const world::Scene scene = scenes.scene(i);
    counts.insert(scene.characters.size());
    EXPECT_EQ(scene, scenes.scene(i));
    for (const Trait trait : kJudged) {
      std::set<uint8_t> values;
      for (const world::Character& who : scene.characters) values.insert(who[trait]);
      EXPECT_EQ(values.size(), scene.characters.size()) << world::table(trait).name;
    }
  }
  EXPECT_EQ(counts, (std::set<size_t>{2, 3}));
}

TEST(BindingScenes, ShowEveryStyleAndFramingWhenThoseAreJudged) {
  const BindingScenes plain(9, 1), all(9, 1, SceneRange::all);
  std::set<uint8_t> styles, framings;
  for (uint64_t i = 0; i < 200; ++i) {
    const world::Scene scene = plain.scene(i);
    ASSERT_EQ(scene.characters.size(), 1u);
    EXPECT_NE(scene.style(), world::PictureStyle::monochrome);
    EXPECT_NE(scene.framing(), world::Framing::portrait);
    styles.insert(all.scene(i)[world::SceneTrait::style]);
    framings.insert(all.scene(i)[world::SceneTrait::framing]);
  }
  EXPECT_EQ(styles.size(), 4u);
  EXPECT_EQ(framings.size(), 3u);
}

TEST(BindingScenes, SayEverythingInEveryStyle) {
  const BindingScenes scenes(9, 2);
  for (uint64_t i = 0; i < 30; ++i) {
    const world::Scene scene = scenes.scene(i);
    EXPECT_EQ(scenes.prompt(i, PromptStyle::xml), world::to_xml(scene));
    const std::string grouped = scenes.prompt(i, PromptStyle::grouped_tags);
    const std::string shuffled = scenes.prompt(i, PromptStyle::shuffled_tags);
    const std::string text = scenes.prompt(i, PromptStyle::text);
    EXPECT_EQ(grouped.size(), shuffled.size()) << "the same tags";
    for (const world::Character& who : scene.characters) {
      for (const char* element : {"appearance", "clothing", "expression", "action"}) {
        for (const std::string& tag : world::character_tags(who, element)) {
          EXPECT_THAT(grouped, HasSubstr(tag));
          EXPECT_THAT(shuffled, HasSubstr(tag));
        }
      }
      EXPECT_THAT(
          text, HasSubstr(world::table(Trait::hair_style).values[who[Trait::hair_style]].english));
      EXPECT_THAT(text, HasSubstr(world::table(Trait::action).values[who[Trait::action]].english));
    }
    EXPECT_FALSE(
        prompt::has_errors(prompt::check(prompt::parse(scenes.prompt(i, PromptStyle::xml)))));
  }
}

TEST(Report, TellsTheNumberToCompareAndWhatWasTakenForWhat) {
  JudgedPicture picture = perfect(3);
  std::swap(picture.seen.characters[0][Trait::hair_color],
            picture.seen.characters[1][Trait::hair_color]);
  const BindingReport report = judge(std::vector{picture, perfect(4)});
  const Json json = Json::parse(to_json(report));
  EXPECT_EQ(json["binding_accuracy"], report.binding_accuracy());
  EXPECT_EQ(json["attributes"]["hair_color"]["hits"], 2);
  EXPECT_EQ(json["attributes"]["hair_color"]["trials"], 4);
  EXPECT_LT(json["binding"]["low"], json["binding"]["value"]);
  EXPECT_EQ(json["confusions"].size(), 2u);
  EXPECT_EQ(json["confusions"][0]["attribute"], "hair_color");
  EXPECT_EQ(json["confusions"][0]["count"], 1);
  const std::string text = to_text(report);
  EXPECT_THAT(text, HasSubstr("| hair_color | 0.500 | 0.150 to 0.850 | 2 of 4 |"));
  const size_t asked = picture.asked.characters[0][Trait::hair_color];
  EXPECT_THAT(text,
              HasSubstr(std::string("| ") +
                        std::string(world::table(Trait::hair_color).values[asked].tag) + " | "));
}

}  // namespace
}  // namespace newbie::eval
