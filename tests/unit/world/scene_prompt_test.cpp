#include "world/scene_prompt.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "prompt/canonical.h"
#include "prompt/lint.h"
#include "prompt/tag_table.h"
#include "unit/world/scenes.h"
#include "world/render.h"

namespace newbie::world {
namespace {

using test::any_scene;
using test::one_girl;
using test::visible;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST(ScenePrompt, IsCanonicalAndWithoutErrors) {
  for (uint64_t index = 0; index < 200; ++index) {
    const std::string xml = to_xml(any_scene(index));
    const prompt::Parsed parsed = prompt::parse(xml);
    EXPECT_EQ(prompt::canonicalize(parsed.prompt, &prompt::tag_table()),
              to_prompt(any_scene(index)))
        << xml;
    prompt::LintOptions options;
    options.tags = &prompt::tag_table();
    for (const prompt::Diagnostic& found : prompt::check(parsed, options)) {
      EXPECT_NE(found.severity, prompt::Severity::error) << found.message << "\n" << xml;
      EXPECT_NE(found.rule, "X022") << "contradiction: " << found.message << "\n" << xml;
      EXPECT_NE(found.rule, "X021") << "misplaced: " << found.message << "\n" << xml;
    }
  }
}

TEST(ScenePrompt, ReadsBackAsTheSameScene) {
  for (uint64_t index = 0; index < 200; ++index) {
    const Scene scene = any_scene(index);
    const ReadScene read = read_scene(to_xml(scene), 77);
    EXPECT_EQ(visible(read.scene), visible(scene)) << to_xml(scene);
    EXPECT_THAT(read.unknown, IsEmpty());
    EXPECT_THAT(read.assumed, IsEmpty());
  }
}

TEST(ScenePrompt, APromptIsDrawnAsTheSampleItCameFrom) {
  const Sampler sampler(8);
  for (uint64_t index = 0; index < 20; ++index) {
    const Sample sample = sampler.draw(index);
    const ReadScene read = read_scene(sample.xml, sample.seed);
    const Rendering drawn = render(read.scene, sample.seed, sample.size);
    EXPECT_EQ(drawn.picture, sample.rendering.picture) << sample.xml;
    EXPECT_EQ(drawn.parts, sample.rendering.parts);
  }
}

TEST(ReadScene, UnderstandsTagListsAndOtherNames) {
  const ReadScene read = read_scene(
      "1girl, silver_hair, long_hair, teal_eyes, red_dress, cat_ears, waving, night, city", 0);
  ASSERT_EQ(read.scene.characters.size(), 1u);
  const Character& who = read.scene.characters[0];
  EXPECT_EQ(who.hair_color(), HairColor::grey);
  EXPECT_EQ(who.hair_style(), HairStyle::long_hair);
  EXPECT_EQ(who.eye_color(), EyeColor::aqua);
  EXPECT_EQ(who.clothing(), Clothing::dress);
  EXPECT_EQ(who.clothing_color(), ClothingColor::red);
  EXPECT_EQ(who.accessory(), Accessory::cat_ears);
  EXPECT_EQ(who.action(), Action::waving);
  EXPECT_EQ(read.scene.time(), Time::night);
  EXPECT_EQ(read.scene.background(), Background::city);
  EXPECT_THAT(read.assumed, ElementsAre(HasSubstr("expression")));
}

TEST(ReadScene, TranslatesChineseWords) {
  const ReadScene read = read_scene(
      "<character_1><gender>1girl</gender><appearance>金发、双马尾</appearance>"
      "<clothing>red_kimono, 草帽</clothing></character_1>",
      0);
  EXPECT_EQ(read.scene.characters[0].hair_color(), HairColor::blonde);
  EXPECT_EQ(read.scene.characters[0].hair_style(), HairStyle::twintails);
  EXPECT_EQ(read.scene.characters[0].accessory(), Accessory::straw_hat);
}

TEST(ReadScene, NamesWhatItCannotDraw) {
  const ReadScene read = read_scene(
      "<character_1><appearance>blue_hair, horns</appearance><action>holding_sword</action>"
      "</character_1><general_tags><background>castle</background><quality>masterpiece</quality>"
      "</general_tags>",
      0);
  EXPECT_THAT(read.unknown, ElementsAre("character_1: horns", "character_1: holding_sword",
                                        "background: castle"));
}

TEST(ReadScene, OrdersCharactersByTheirPlaces) {
  const ReadScene read = read_scene(
      "<character_1><appearance>red_hair</appearance><position>right</position></character_1>"
      "<character_2><appearance>blue_hair</appearance><position>left</position></character_2>",
      0);
  ASSERT_EQ(read.scene.characters.size(), 2u);
  EXPECT_EQ(read.scene.characters[0].hair_color(), HairColor::blue);
  EXPECT_EQ(read.scene.characters[1].hair_color(), HairColor::red);
  EXPECT_THAT(read.blocks, ElementsAre(1u, 0u));
}

TEST(ReadScene, PlacesThoseWithoutAPlaceWhereRoomIsLeft) {
  const ReadScene read = read_scene(
      "<character_1><appearance>red_hair</appearance></character_1>"
      "<character_2><appearance>blue_hair</appearance><position>left</position></character_2>",
      0);
  EXPECT_THAT(read.blocks, ElementsAre(1u, 0u));
  const ReadScene both = read_scene(
      "<character_1><appearance>red_hair</appearance><position>left</position></character_1>"
      "<character_2><appearance>blue_hair</appearance><position>left</position></character_2>",
      0);
  EXPECT_THAT(both.blocks, ElementsAre(0u, 1u));
}

TEST(ReadScene, ChoosesWhatIsLeftOpenBySeed) {
  const std::string xml = "<character_1><gender>1boy</gender></character_1>";
  EXPECT_EQ(read_scene(xml, 1).scene, read_scene(xml, 1).scene);
  EXPECT_NE(read_scene(xml, 1).scene, read_scene(xml, 2).scene);
  EXPECT_EQ(read_scene(xml, 1).assumed.size(), 6u);
}

TEST(ReadScene, NeedsACharacterAndTakesThree) {
  EXPECT_THROW(read_scene("<general_tags><background>city</background></general_tags>", 0), Error);
  std::string four;
  for (int i = 1; i <= 4; ++i) {
    four += fmt::format("<character_{0}><appearance>red_hair</appearance></character_{0}>", i);
  }
  const ReadScene read = read_scene(four, 0);
  EXPECT_EQ(read.scene.characters.size(), 3u);
  EXPECT_THAT(read.unknown, ElementsAre(HasSubstr("at most 3")));
}

}  // namespace
}  // namespace newbie::world
