#include "prompt/structure.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prompt/canonical.h"
#include "prompt/print.h"
#include "prompt/structure_count.h"
#include "prompt/tag_table.h"

namespace newbie::prompt {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

Structured structured(std::string text, StructureOptions options = {}) {
  return structure(parse(std::move(text)), options);
}

std::string printed(std::string text, StructureOptions options = {}) {
  return print(structured(std::move(text), options).prompt);
}

const Placement& placement(const Structured& result, std::string_view tag) {
  for (const Placement& one : result.placements) {
    if (one.tag == tag) return one;
  }
  ADD_FAILURE() << tag << " was not placed";
  static const Placement nothing;
  return nothing;
}

TEST(Structure, SortsOneCharactersTags) {
  EXPECT_EQ(printed("1girl, solo, blue hair, long_hair, serafuku, smile, sitting, rain, night, "
                    "classroom, upper_body, watercolor_(medium), soft_lighting, masterpiece, cat"),
            "<character_1>\n"
            "<n>$character_1$</n>\n"
            "<gender>1girl</gender>\n"
            "<appearance>blue_hair, long_hair</appearance>\n"
            "<clothing>serafuku</clothing>\n"
            "<expression>smile</expression>\n"
            "<action>sitting</action>\n"
            "</character_1>\n"
            "\n"
            "<general_tags>\n"
            "<count>1girl, solo</count>\n"
            "<style>watercolor_(medium)</style>\n"
            "<background>classroom</background>\n"
            "<environment>rain, night</environment>\n"
            "<perspective>upper_body</perspective>\n"
            "<lighting>soft_lighting</lighting>\n"
            "<quality>masterpiece</quality>\n"
            "<objects>cat</objects>\n"
            "</general_tags>");
}

TEST(Structure, CountsMakeBlocks) {
  const Structured result = structured("2girls, 1boy, beach");
  ASSERT_EQ(result.prompt.characters().size(), 3u);
  EXPECT_EQ(result.prompt.characters()[0]->child("gender")->items[0].text, "1girl");
  EXPECT_EQ(result.prompt.characters()[2]->child("gender")->items[0].text, "1boy");
  EXPECT_EQ(structured("no_humans, forest, river").prompt.characters().size(), 0u);
  EXPECT_EQ(structured("multiple_girls, 3girls, beach").prompt.characters().size(), 3u);
  const Structured open = structured("multiple_girls, beach, sea");
  EXPECT_EQ(open.prompt.characters().size(), 2u);
  EXPECT_THAT(open.notes, Contains(HasSubstr("leaves the number open")));
}

TEST(Structure, WithoutACountOneCharacterIsAssumed) {
  const Structured result = structured("blue_hair, smile, rain");
  EXPECT_EQ(result.prompt.characters().size(), 1u);
  EXPECT_THAT(result.notes, Contains(HasSubstr("one character is assumed")));
}

TEST(Structure, DoesNotGuessWhoseTagItIs) {
  const Structured result = structured("2girls, blue_hair, beach");
  EXPECT_THAT(placement(result, "blue_hair").paths, ElementsAre("general_tags.other"));
  EXPECT_THAT(placement(result, "blue_hair").note, HasSubstr("does not say whose"));
  StructureOptions all{SharedTags::all};
  EXPECT_THAT(placement(structured("2girls, blue_hair, beach", all), "blue_hair").paths,
              ElementsAre("character_1.appearance", "character_2.appearance"));
  StructureOptions first{SharedTags::first};
  EXPECT_THAT(placement(structured("2girls, blue_hair, beach", first), "blue_hair").paths,
              ElementsAre("character_1.appearance"));
}

TEST(Structure, ALinePerCharacterSaysWhose) {
  const Structured result = structured("2girls, beach\nblue_hair, smile\npink_hair, crying");
  EXPECT_THAT(placement(result, "blue_hair").paths, ElementsAre("character_1.appearance"));
  EXPECT_THAT(placement(result, "pink_hair").paths, ElementsAre("character_2.appearance"));
  EXPECT_THAT(placement(result, "crying").paths, ElementsAre("character_2.expression"));
  EXPECT_THAT(result.notes, Contains("line 2 is read as character_1"));
}

TEST(Structure, InteractionsBelongToEverybody) {
  EXPECT_THAT(placement(structured("2girls, holding_hands, beach"), "holding_hands").paths,
              ElementsAre("character_1.interaction", "character_2.interaction"));
}

TEST(Structure, UnknownAndAmbiguousTagsStayInOther) {
  const Structured result = structured("1girl, bow, hatsune_miku_(vocaloid), twintials");
  EXPECT_THAT(placement(result, "bow").paths, ElementsAre("general_tags.other"));
  EXPECT_THAT(placement(result, "bow").note, "ambiguous: clothing or objects");
  EXPECT_THAT(placement(result, "hatsune_miku_(vocaloid)").note, HasSubstr("goes into `n`"));
  EXPECT_THAT(placement(result, "twintials").note, HasSubstr("nearest: twintails"));
}

TEST(Structure, NegativeTagsAreSetApart) {
  const Structured result = structured("1girl, smile, bad_hands");
  EXPECT_THAT(result.negative, ElementsAre("bad_hands"));
  EXPECT_THAT(print(result.prompt), Not(HasSubstr("bad_hands")));
}

TEST(Structure, ArtistsKeepTheirNames) {
  EXPECT_THAT(printed("1girl, artist:somebody, smile"), HasSubstr("<artists>somebody</artists>"));
}

TEST(Structure, WeightsComeAlong) {
  EXPECT_THAT(printed("1girl, (blue_hair:1.2), smile"),
              HasSubstr("<appearance>(blue_hair:1.2)</appearance>"));
}

TEST(Structure, ChineseOnRequest) {
  StructureOptions options;
  options.translate_chinese = true;
  const Structured result = structured("一个女孩，蓝发，双马尾，雨天，全身", options);
  EXPECT_THAT(placement(result, "blue_hair").paths, ElementsAre("character_1.appearance"));
  EXPECT_THAT(placement(result, "blue_hair").note, "from 蓝发");
  EXPECT_THAT(placement(result, "rain").paths, ElementsAre("general_tags.environment"));
  EXPECT_THAT(structured("一个女孩，蓝发，双马尾，雨天").placements[1].paths,
              ElementsAre("general_tags.other"));
}

TEST(Structure, SentencesBecomeTheCaption) {
  const Structured result = structured("A girl walks through the rain. She is smiling.");
  ASSERT_EQ(result.prompt.elements.size(), 1u);
  EXPECT_EQ(result.prompt.elements[0].name, "caption");
}

TEST(Structure, SpansLeadToTheSource) {
  const std::string text = "1girl, blue hair, smile";
  const Structured result = structured(text);
  EXPECT_EQ(placement(result, "blue_hair").source.of(text), "blue hair");
}

TEST(StructureCount, ReadsAndWritesCountTags) {
  EXPECT_EQ(read_count_tag("3girls")->figures, 3u);
  EXPECT_TRUE(read_count_tag("6+girls")->at_least);
  EXPECT_FALSE(read_count_tag("7girls"));
  EXPECT_FALSE(read_count_tag("solo"));
  EXPECT_THAT(counted_figures({"1boy", "2girls"}), ElementsAre("1boy", "1girl", "1girl"));
  EXPECT_THAT(counted_figures({"6+girls", "6+boys"}).size(), 8u);
  EXPECT_THAT(count_tags_of({"1girl", "1boy", "1girl"}), ElementsAre("2girls", "1boy"));
  EXPECT_THAT(count_tags_of({}), IsEmpty());
}

TEST(Flatten, WritesALinePerCharacter) {
  const Parsed parsed = parse(
      "<character_1><n>$character_1$</n><gender>1girl</gender><appearance>blue_hair</appearance>"
      "<position>left</position></character_1>"
      "<character_2><n>hatsune_miku</n><gender>1girl</gender><expression>(smile:1.2)</expression>"
      "</character_2><general_tags><style>sketch</style></general_tags><caption>Two "
      "girls.</caption>");
  const Flattened flat = flatten(parsed.prompt);
  EXPECT_EQ(flat.text, "2girls,\nblue_hair,\nhatsune_miku, (smile:1.20),\nsketch");
  EXPECT_THAT(flat.notes,
              ElementsAre("character_1: position left is lost: a tag list has no places",
                          "the caption is lost: a tag list holds no sentences"));
}

TEST(Flatten, ComesBackThroughStructure) {
  const std::string tags =
      "2girls,\nblue_hair, long_hair, smile,\npink_hair, twintails, crying,\nbeach, sunset";
  const Prompt first = structured(tags).prompt;
  EXPECT_EQ(print(structured(flatten(first).text).prompt), print(first));
}

}  // namespace
}  // namespace newbie::prompt
