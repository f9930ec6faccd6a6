#include "prompt/semantic_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "prompt/parse.h"

namespace newbie::prompt {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<PromptChange> changes(std::string before, std::string after) {
  return semantic_diff(parse(std::move(before)).prompt, parse(std::move(after)).prompt);
}

std::string shown(std::string before, std::string after) {
  return render_changes(changes(std::move(before), std::move(after)));
}

std::string with_hair(std::string_view hair, std::string_view more = "") {
  return "<character_1><n>$character_1$</n><appearance>blue_hair</appearance></character_1>"
         "<character_2><n>$character_2$</n><appearance>" +
         std::string(hair) + "</appearance>" + std::string(more) + "</character_2>";
}

TEST(SemanticDiff, TellsForWhom) {
  EXPECT_EQ(shown(with_hair("red_hair"), with_hair("pink_hair")),
            "character_2.appearance: - red_hair + pink_hair\n");
}

TEST(SemanticDiff, LayoutMakesNoDifference) {
  EXPECT_THAT(changes(with_hair("red_hair"), "<image>\n  " + with_hair("red hair") + "\n</image>"),
              IsEmpty());
  EXPECT_THAT(changes("<n>a</n><!-- x -->", "<n>a</n>"), IsEmpty());
}

TEST(SemanticDiff, Weights) {
  EXPECT_EQ(shown(with_hair("red_hair"), with_hair("(red_hair:0.6)")),
            "character_2.appearance: red_hair 1 -> 0.6\n");
  EXPECT_EQ(shown("<character_1><appearance>a_tag</appearance></character_1>",
                  "<character_1><appearance weight=\"1.5\">a_tag</appearance></character_1>"),
            "character_1.appearance: weight 1 -> 1.5\n");
}

TEST(SemanticDiff, SingleValuesAndBoxes) {
  EXPECT_EQ(shown(with_hair("red_hair", "<position>left</position>"),
                  with_hair("red_hair", "<position>right</position>")),
            "character_2.position: - left + right\n");
  EXPECT_EQ(
      shown("<character_1><appearance>a_tag</appearance></character_1>",
            "<character_1 bbox=\"0,0,500,1000\"><appearance>a_tag</appearance></character_1>"),
      "character_1.bbox: + 0,0,500,1000\n");
}

TEST(SemanticDiff, ElementsThatComeAndGo) {
  EXPECT_EQ(shown(with_hair("red_hair"), with_hair("red_hair", "<expression>smile</expression>")),
            "character_2.expression: + smile\n");
  EXPECT_EQ(shown("<general_tags><style>sketch</style></general_tags><caption>One.</caption>",
                  "<caption>One.</caption>"),
            "general_tags.style: - sketch\n");
}

TEST(SemanticDiff, CharactersThatComeAndGo) {
  const std::string one = "<character_1><appearance>blue_hair</appearance></character_1>";
  EXPECT_EQ(shown(one, one + "<character_2><gender>1boy</gender><appearance>red_hair</appearance>"
                             "</character_2>"),
            "character_2: + 1boy, red_hair\n");
}

TEST(SemanticDiff, FollowsNamesAcrossNumbers) {
  const std::string before =
      "<character_1><n>miku</n><appearance>aqua_hair</appearance></character_1>"
      "<character_2><n>rin</n><appearance>blonde_hair</appearance></character_2>";
  const std::string after =
      "<character_1><n>rin</n><appearance>blonde_hair, bow</appearance></character_1>"
      "<character_2><n>miku</n><appearance>aqua_hair</appearance></character_2>";
  EXPECT_EQ(shown(before, after),
            "character_1: was character_2 (rin)\n"
            "character_1.appearance: + bow\n"
            "character_2: was character_1 (miku)\n");
}

TEST(SemanticDiff, CaptionsBySentence) {
  EXPECT_EQ(shown("<caption>One girl. She smiles. It rains.</caption>",
                  "<caption>One girl. She cries. It rains.</caption>"),
            "caption: - She smiles. + She cries.\n");
  EXPECT_EQ(
      shown("<caption>夜晚的街道。她在微笑。</caption>", "<caption>夜晚的街道。她在哭。</caption>"),
      "caption: - 她在微笑。 + 她在哭。\n");
}

TEST(SemanticDiff, Order) {
  EXPECT_THAT(shown(with_hair("red_hair, smile_x"), with_hair("smile_x, red_hair")),
              HasSubstr("character_2.appearance: reordered: smile_x, red_hair"));
}

TEST(SemanticDiff, KindsAndSystemPrompts) {
  const auto kinds = changes("1girl, blue_hair, smile", "<caption>One girl.</caption>");
  ASSERT_FALSE(kinds.empty());
  EXPECT_EQ(kinds[0].path, "input");
  EXPECT_EQ(kinds[0].before, "tags");
  const auto system =
      changes("<caption>x y z</caption>", "Be good. <Prompt Start> <caption>x y z</caption>");
  ASSERT_THAT(system, SizeIs(1));
  EXPECT_EQ(system[0].path, "system");
  EXPECT_EQ(system[0].kind, PromptChange::Kind::added);
}

TEST(SemanticDiff, TagLists) {
  EXPECT_EQ(shown("1girl, blue_hair, smile", "1girl, pink_hair, smile"),
            "prompt: - blue_hair + pink_hair\n");
}

TEST(SemanticDiff, ColourWrapsWhatChanged) {
  const std::string coloured =
      render_changes(changes(with_hair("red_hair"), with_hair("pink_hair")), DiffColour::on);
  EXPECT_THAT(coloured, HasSubstr("\x1b[31m- red_hair\x1b[0m"));
  EXPECT_THAT(coloured, HasSubstr("\x1b[32m+ pink_hair\x1b[0m"));
}

}  // namespace
}  // namespace newbie::prompt
