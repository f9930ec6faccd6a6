#include "prompt/chinese.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/utf8.h"
#include "prompt/assets.h"
#include "prompt/chinese_fold.h"
#include "prompt/tag_table.h"
#include "prompt/tag_table_rows.h"

namespace newbie::prompt {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string translated(std::string_view text) { return translate_chinese(text).text; }

TEST(ChineseTable, Has593WellFormedRows) {
  const auto rows = all_chinese();
  EXPECT_EQ(rows.size(), 593u);
  std::set<std::string> keys;
  for (const ChineseTag& row : rows) {
    const std::string key = fold_width(row.chinese);
    EXPECT_TRUE(keys.insert(tag_key(key)).second) << row.chinese << " twice after folding";
    EXPECT_EQ(row.chinese.find_first_of(" \t"), row.chinese.npos) << row.chinese;
    for (std::string_view tag : table_list(row.tags)) {
      EXPECT_EQ(tag.find_first_of(" \tABCDEFGHIJKLMNOPQRSTUVWXYZ"), tag.npos) << tag;
      EXPECT_TRUE(is_known_tag(tag)) << tag << " has no element";
    }
  }
}

TEST(ChineseTable, CategoriesAgreeWithTheTagTable) {
  for (const ChineseTag& row : all_chinese()) {
    for (std::string_view tag : table_list(row.tags)) {
      bool agrees = false;
      for (const TagReading& reading : tag_readings(tag))
        agrees |= reading.category == row.category;
      EXPECT_TRUE(agrees) << row.chinese << " " << tag << " is no " << row.category;
    }
  }
}

TEST(ChineseTable, EveryRowTranslates) {
  for (const ChineseTag& row : all_chinese()) EXPECT_EQ(translated(row.chinese), row.tags);
}

TEST(Chinese, FoldsFullWidthForms) {
  EXPECT_EQ(fold_width("Ｔ恤１２，　ｘ！"), "T恤12, x!");
  EXPECT_EQ(translated("Ｔ恤"), "t-shirt");
  const FoldedText folded = fold_width_with_offsets("Ａ蓝b");
  EXPECT_EQ(folded.text, "A蓝b");
  EXPECT_THAT(folded.offsets, ElementsAre(0, 3, 4, 5, 6, 7));
}

TEST(Chinese, TranslatesTheCompoundForm) {
  const auto result = translate_chinese("蓝白配色+双马尾+制服+雨天");
  EXPECT_EQ(result.text, "blue_theme, white_theme, twintails, uniform, rain");
  ASSERT_EQ(result.replacements.size(), 4u);
  EXPECT_EQ(result.replacements[0].from, "蓝白配色");
  EXPECT_TRUE(result.replacements[0].by_rule);
  EXPECT_EQ(result.replacements[1].from, "双马尾");
  EXPECT_EQ(result.replacements[1].to, "twintails");
  EXPECT_EQ(result.replacements[1].span, (TextSpan{13, 22}));
  EXPECT_FALSE(result.replacements[1].by_rule);
  EXPECT_THAT(result.unknown, IsEmpty());
}

TEST(Chinese, ColoursGoBeforeNouns) {
  EXPECT_EQ(translated("红色裙子"), "red_skirt");
  EXPECT_EQ(translated("红色的裙子"), "red_skirt");
  EXPECT_EQ(translated("黑色长靴"), "black_boots");
  EXPECT_EQ(translated("白手套"), "white_gloves");
  EXPECT_EQ(translated("浅蓝色头发"), "light_blue_hair");
  EXPECT_EQ(translated("深紫色眼睛"), "dark_purple_eyes");
  EXPECT_EQ(translated("金色头发"), "blonde_hair");
  EXPECT_EQ(translated("金色眼睛"), "yellow_eyes");
  EXPECT_EQ(translated("银色耳环"), "silver_earrings");
  EXPECT_EQ(translated("红色和服"), "red_kimono");
  EXPECT_EQ(translated("粉红色背景"), "pink_background");
  EXPECT_EQ(translated("黑白裙子"), "two-tone_skirt, black_skirt, white_skirt");
  EXPECT_EQ(translated("红和白的裙子"), "two-tone_skirt, red_skirt, white_skirt");
}

TEST(Chinese, LongestMatchWins) {
  EXPECT_EQ(translated("双麻花辫"), "twin_braids");
  EXPECT_EQ(translated("麻花辫"), "braid");
  EXPECT_EQ(translated("黑色过膝袜"), "black_thighhighs");
  EXPECT_EQ(translated("白天"), "day");
  EXPECT_EQ(translated("蓝发双马尾"), "blue_hair, twintails");
  EXPECT_EQ(translated("蓝发红瞳双马尾水手服"), "blue_hair, red_eyes, twintails, serafuku");
}

TEST(Chinese, LeavesNoCrumbs) {
  const auto crumb = translate_chinese("猫耳朵");
  EXPECT_EQ(crumb.text, "猫耳朵");
  EXPECT_THAT(crumb.unknown, ElementsAre(TextSpan{0, 9}));
  EXPECT_THAT(crumb.replacements, IsEmpty());
  EXPECT_EQ(translated("花瓶"), "花瓶");
  const auto part = translate_chinese("蓝发的魔法少女");
  EXPECT_EQ(part.text, "blue_hair, 魔法少女");
  EXPECT_THAT(part.unknown, ElementsAre(TextSpan{9, 21}));
}

TEST(Chinese, SentencesAreUntouched) {
  for (std::string_view text : {"一个剑客，武侠风，戴着斗笠。", "两个女孩穿着校服站在雨后的街道上",
                                "她在微笑！", "左边的女孩是蓝色头发，右边的女孩是粉色头发"}) {
    const auto result = translate_chinese(text);
    EXPECT_TRUE(result.sentence) << text;
    EXPECT_EQ(result.text, text);
    EXPECT_THAT(result.replacements, IsEmpty());
    EXPECT_THAT(result.unknown, IsEmpty());
  }
  EXPECT_FALSE(is_chinese_sentence("蓝发红瞳双马尾水手服")) << "all known: a compound, not prose";
}

TEST(Chinese, OtherTextIsUntouched) {
  for (std::string_view text : {"", "blue_hair", "6+girls", "red dress", ":)", "c++, a + b"}) {
    EXPECT_EQ(translated(text), text);
    EXPECT_FALSE(translate_chinese(text).sentence);
  }
  EXPECT_EQ(translated("red dress 双马尾"), "red dress, twintails");
  EXPECT_EQ(translated("初音Miku"), "初音Miku");
}

TEST(Chinese, TheInterfaceOfTheLintsSaysTheSame) {
  const Translation translation = chinese_table().translate("双马尾+魔法少女");
  EXPECT_EQ(translation.tags, "twintails, 魔法少女");
  EXPECT_TRUE(translation.changed);
  EXPECT_THAT(translation.unknown, ElementsAre(TextSpan{10, 22}));
}

TEST(Chinese, HostileTextIsLinear) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "红发";
  EXPECT_TRUE(translate_chinese(text).sentence);
  std::string many;
  for (int i = 0; i < 5000; ++i) many += "红发+";
  EXPECT_EQ(translate_chinese(many).replacements.size(), 5000u);
  std::string broken = "红\xff发\xe7\xba";
  EXPECT_EQ(translate_chinese(broken).text, broken);
}

TEST(Chinese, NamesOfTags) {
  EXPECT_EQ(chinese_of("twintails"), "双马尾");
  EXPECT_EQ(chinese_of("no_such_tag"), "");
}

}  // namespace
}  // namespace newbie::prompt
