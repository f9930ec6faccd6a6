#include "world/caption.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "prompt/lint.h"
#include "prompt/tag_table.h"
#include "unit/world/scenes.h"
#include "world/scene_prompt.h"

namespace newbie::world {
namespace {

using test::any_scene;
using testing::HasSubstr;
using testing::Not;

std::string caption_of(const Scene& scene, CaptionKind kind, uint64_t seed) {
  Random random(seed);
  return caption(scene, kind, random);
}

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> tags;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find(", ", begin), text.size());
    tags.push_back(text.substr(begin, end - begin));
    begin = end + 2;
  }
  return tags;
}

TEST(Caption, FullXmlIsTheCanonicalPromptAndEmptyIsEmpty) {
  EXPECT_EQ(caption_of(any_scene(1), CaptionKind::full_xml, 0), to_xml(any_scene(1)));
  EXPECT_EQ(caption_of(any_scene(1), CaptionKind::empty, 0), "");
}

TEST(Caption, XmlHasNoErrorsAndSaysNothingUntrue) {
  for (uint64_t i = 0; i < 150; ++i) {
    const Scene scene = any_scene(i);
    const std::string xml = caption_of(scene, CaptionKind::xml, i);
    const prompt::Parsed parsed =
        prompt::parse(xml, {.kind = prompt::InputKind::xml, .limits = {}});
    prompt::LintOptions options;
    options.tags = &prompt::tag_table();
    EXPECT_FALSE(prompt::has_errors(prompt::check(parsed, options))) << xml;
    // Whoever is said to be somewhere is there, with what is said about him.
    for (const prompt::Element* block : parsed.prompt.characters()) {
      const prompt::Element* position = block->child("position");
      const prompt::Element* appearance = block->child("appearance");
      if (!position || !appearance) continue;
      const bool found = std::ranges::any_of(scene.characters, [&](const Character& who) {
        const auto true_tags = character_tags(who, "appearance");
        return character_tags(who, "position")[0] == position->items[0].text &&
               std::ranges::all_of(appearance->items, [&](const prompt::Item& item) {
                 return std::ranges::find(true_tags, item.text) != true_tags.end();
               });
      });
      EXPECT_TRUE(found) << xml;
    }
  }
}

TEST(Caption, ShuffledNumbersAlwaysComeWithPositions) {
  int shuffled = 0;
  for (uint64_t i = 0; i < 400; ++i) {
    const Scene scene = any_scene(i);
    if (scene.characters.size() < 2) continue;
    const prompt::Parsed parsed = prompt::parse(caption_of(scene, CaptionKind::xml, i));
    std::vector<std::string> places;
    for (const prompt::Element* block : parsed.prompt.characters()) {
      if (const prompt::Element* position = block->child("position")) {
        places.push_back(position->items[0].text);
      }
    }
    if (places.empty()) continue;
    EXPECT_EQ(places.size(), scene.characters.size());
    shuffled += places[0] != "left";
  }
  EXPECT_GT(shuffled, 20);
}

TEST(Caption, DropsAboutAnEighth) {
  size_t said = 0, possible = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    const Scene scene = any_scene(i);
    const std::string xml = caption_of(scene, CaptionKind::xml, i);
    for (const Character& who : scene.characters) {
      for (const std::string& tag : character_tags(who, "expression")) {
        ++possible;
        said += xml.find("<expression>" + tag) != std::string::npos;
      }
    }
  }
  EXPECT_NEAR(static_cast<double>(said) / static_cast<double>(possible), 0.88, 0.06);
}

TEST(Caption, TagListsKeepOrLoseTheGrouping) {
  Scene scene = any_scene(0);
  for (uint64_t i = 1; scene.characters.size() != 2; ++i) scene = any_scene(i);
  const std::string grouped = caption_of(scene, CaptionKind::grouped_tags, 4);
  const std::string shuffled = caption_of(scene, CaptionKind::shuffled_tags, 4);
  std::vector<std::string> a = split(grouped), b = split(shuffled);
  EXPECT_NE(a, b);
  std::ranges::sort(a);
  std::ranges::sort(b);
  EXPECT_EQ(a, b) << "the same tags in another order";
  EXPECT_THAT(grouped, Not(HasSubstr("<")));
}

TEST(Caption, SentencesAreInTheirLanguage) {
  for (uint64_t i = 0; i < 60; ++i) {
    const Scene scene = any_scene(i);
    const std::string english = caption_of(scene, CaptionKind::english, i);
    EXPECT_TRUE(std::ranges::all_of(english, [](char c) { return c >= ' ' && c < 127; }))
        << english;
    EXPECT_EQ(english.back(), '.');
    EXPECT_THAT(english, Not(HasSubstr("  ")));
    EXPECT_THAT(english, Not(HasSubstr("_")));
    EXPECT_TRUE(english[0] >= 'A' && english[0] <= 'Z') << english;
    const std::string chinese = caption_of(scene, CaptionKind::chinese, i);
    EXPECT_TRUE(chinese.ends_with("。")) << chinese;
    // T恤 is written so.
    EXPECT_TRUE(std::ranges::none_of(chinese, [](char c) { return c >= 'a' && c <= 'z'; }))
        << chinese;
  }
}

TEST(Caption, EnglishReadsWell) {
  Scene scene = test::one_girl();
  scene.characters[0][Trait::accessory] = static_cast<uint8_t>(Accessory::straw_hat);
  std::set<std::string> captions;
  for (uint64_t seed = 0; seed < 200; ++seed) {
    captions.insert(caption_of(scene, CaptionKind::english, seed));
  }
  EXPECT_TRUE(captions.contains(
      "A girl with brown hair, a bob cut and blue eyes, wearing a blue serafuku, with a straw hat, "
      "smiling, standing in a field by day. Full body, cel shading."));
  EXPECT_GT(captions.size(), 50u);
}

TEST(Caption, MixIsFollowed) {
  Random random(1);
  std::array<int, kCaptionKinds> drawn{};
  for (int i = 0; i < 4000; ++i) ++drawn[static_cast<size_t>(sample_kind(random))];
  const CaptionMix mix;
  double sum = 0;
  for (const double weight : mix.weights) sum += weight;
  for (size_t i = 0; i < kCaptionKinds; ++i) {
    EXPECT_NEAR(drawn[i] / 4000.0, mix.weights[i] / sum, 0.025)
        << to_string(static_cast<CaptionKind>(i));
  }
}

TEST(Caption, OfASamplerDependsOnItsNumbersOnly) {
  const Sampler sampler(3);
  const Scene scene = sampler.scene(12);
  EXPECT_EQ(sampler.caption(12, scene, 5), sampler.caption(12, scene, 5));
  std::set<std::string> captions;
  for (uint64_t variant = 0; variant < 20; ++variant)
    captions.insert(sampler.caption(12, scene, variant));
  EXPECT_GT(captions.size(), 8u);
}

}  // namespace
}  // namespace newbie::world
