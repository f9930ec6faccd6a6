#include "prompt/tag_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "base/file.h"
#include "prompt/assets.h"
#include "prompt/tag_table_rows.h"

namespace newbie::prompt {
namespace {

using ::testing::Contains;
using ::testing::Field;
using ::testing::IsEmpty;

/// The category table of assets/tags/README.md.
const std::map<std::string_view, std::string_view> kElementOf = {
    {"count", "general_tags/count"},        {"hair_color", "character/appearance"},
    {"hair_style", "character/appearance"}, {"eyes", "character/appearance"},
    {"body", "character/appearance"},       {"clothing", "character/clothing"},
    {"legwear", "character/clothing"},      {"footwear", "character/clothing"},
    {"accessory", "character/clothing"},    {"expression", "character/expression"},
    {"action", "character/action"},         {"interaction", "character/interaction"},
    {"position", "character/position"},     {"weather", "general_tags/environment"},
    {"time", "general_tags/environment"},   {"background", "general_tags/background"},
    {"lighting", "general_tags/lighting"},  {"composition", "general_tags/perspective"},
    {"style", "general_tags/style"},        {"atmosphere", "general_tags/atmosphere"},
    {"quality", "general_tags/quality"},    {"resolution", "general_tags/resolution"},
    {"object", "general_tags/objects"},     {"negative", "negative"}};

bool well_formed(std::string_view tag) {
  return !tag.empty() && tag.find_first_of(" \t,\"<") == tag.npos &&
         std::ranges::none_of(tag, [](char c) { return c >= 'A' && c <= 'Z'; });
}

TEST(TagTable, EveryRowHasItsCategorysElement) {
  EXPECT_GE(all_tags().size(), 1500u);
  for (const TagReading& row : all_tags()) {
    const auto element = kElementOf.find(row.category);
    ASSERT_NE(element, kElementOf.end()) << row.tag << ": " << row.category;
    EXPECT_EQ(row.path, element->second) << row.tag;
  }
}

TEST(TagTable, EveryCategoryIsWellFilled) {
  std::map<std::string_view, size_t> sizes;
  for (const TagReading& row : all_tags()) ++sizes[row.category];
  for (const auto& [category, element] : kElementOf) EXPECT_GE(sizes[category], 14u) << category;
}

TEST(TagTable, RowsAreUniqueAndFoundUnderTheirName) {
  std::set<std::pair<std::string_view, std::string_view>> seen;
  for (const TagReading& row : all_tags()) {
    EXPECT_TRUE(seen.insert({row.tag, row.category}).second) << row.tag;
    EXPECT_FALSE(tag_readings(row.tag).empty()) << row.tag;
    EXPECT_FALSE(tag_readings(row.tag).front().by_rule) << row.tag;
    // Emoticons (`>_<`) are the only tags that need more than letters.
    if (std::ranges::any_of(row.tag, [](char c) { return c >= 'a' && c <= 'z'; })) {
      EXPECT_TRUE(well_formed(row.tag)) << row.tag;
    }
  }
}

TEST(TagTable, TagsAreFoundInEverySpelling) {
  for (std::string_view spelling :
       {"blue_hair", "Blue Hair", " blue  hair ", "ｂｌｕｅ＿ｈａｉｒ", "BLUE_HAIR"}) {
    const auto reading = find_tag(spelling);
    ASSERT_TRUE(reading) << spelling;
    EXPECT_EQ(reading->category, "hair_color");
    EXPECT_EQ(reading->element(), "appearance");
    EXPECT_TRUE(reading->in_character());
  }
  EXPECT_EQ(find_tag("spring_\\(season\\)")->path, "general_tags/environment");
  EXPECT_EQ(find_tag(">_<")->category, "expression");
}

TEST(TagTable, AmbiguousTagsHaveSeveralReadingsAndNoHome) {
  const auto readings = tag_readings("bow");
  ASSERT_EQ(readings.size(), 2u);
  EXPECT_EQ(readings[0].category, "accessory");
  EXPECT_EQ(readings[1].category, "object");
  EXPECT_FALSE(find_tag("bow"));
  EXPECT_FALSE(tag_table().find("bow"));
  EXPECT_TRUE(is_known_tag("bow"));
}

TEST(TagTable, RulesCoverTagsWithoutARow) {
  const auto boots = find_tag("glittering_boots");
  ASSERT_TRUE(boots);
  EXPECT_TRUE(boots->by_rule);
  EXPECT_EQ(boots->category, "footwear");
  EXPECT_EQ(find_tag("holding_teddy_bear")->path, "character/action");
  EXPECT_EQ(find_tag("bad_teeth")->path, "negative");
}

TEST(TagTable, TheLongestRuleWins) {
  EXPECT_EQ(find_tag("ornate_hair_ornament")->category, "accessory");
  EXPECT_EQ(find_tag("silk_hair_ribbon")->category, "accessory");
  EXPECT_FALSE(find_tag("_hair")) << "a rule needs something in place of its star";
}

TEST(TagTable, UnknownTagsHaveNeighbours) {
  EXPECT_FALSE(is_known_tag("twintials"));
  EXPECT_EQ(nearest_tag("twintials"), "twintails");
  EXPECT_EQ(nearest_tag("qqqqqqqqqq"), "");
}

TEST(TagTable, RowsOfTheOtherTablesNameKnownTags) {
  for (std::string_view path : {"tags/conflicts.tsv", "tags/needs.tsv"}) {
    for (const auto& [tag, others, reason] : table_rows<3>(asset(path))) {
      EXPECT_FALSE(reason.empty()) << tag;
      EXPECT_TRUE(is_known_tag(tag)) << path << ": " << tag;
      for (std::string_view other : table_list(others)) {
        EXPECT_TRUE(is_known_tag(other)) << path << ": " << other;
        EXPECT_NE(other, tag) << path;
      }
    }
  }
  for (const auto& [pattern, category, path] : table_rows<3>(asset("tags/tag_rules.tsv"))) {
    EXPECT_EQ(std::ranges::count(pattern, '*'), 1) << pattern;
    EXPECT_TRUE(pattern.starts_with('*') || pattern.ends_with('*')) << pattern;
    ASSERT_TRUE(kElementOf.contains(category)) << pattern;
    EXPECT_EQ(path, kElementOf.at(category)) << pattern;
  }
}

TEST(TagConflicts, AreKnownFromBothSides) {
  EXPECT_THAT(conflicts_of("closed_eyes"), Contains(Field(&TagClash::other, "looking_at_viewer")));
  EXPECT_THAT(conflicts_of("Looking at viewer"), Contains(Field(&TagClash::other, "closed_eyes")));
  EXPECT_THAT(conflicts_of("solo"), Contains(Field(&TagClash::other, "2girls")));
  EXPECT_THAT(conflicts_of("close-up"), Contains(Field(&TagClash::other, "full_body")));
  EXPECT_THAT(conflicts_of("from_below"), Contains(Field(&TagClash::other, "from_above")));
  EXPECT_THAT(conflicts_of("blue_sky"), Contains(Field(&TagClash::other, "indoors")));
  EXPECT_THAT(conflicts_of("blue_hair"), IsEmpty());
}

TEST(TagConflicts, NeedsNameTheCompany) {
  const auto need = find_need("backlighting");
  ASSERT_TRUE(need);
  EXPECT_THAT(need->any_of, Contains("sunset"));
  EXPECT_FALSE(find_need("sunset"));
  EXPECT_EQ(tag_table().need("backlighting")->reason, need->reason);
}

TEST(EmbeddedAssets, AreTheFilesOfTheSourceTree) {
  EXPECT_FALSE(assets().empty());
  for (const Asset& embedded : assets()) {
    EXPECT_EQ(embedded.text, read_file(NEWBIE_SOURCE_DIR "/assets/" + std::string(embedded.path)))
        << embedded.path;
  }
  EXPECT_TRUE(std::ranges::is_sorted(assets(), {}, &Asset::path));
  EXPECT_THROW(asset("tags/none.tsv"), Error);
}

}  // namespace
}  // namespace newbie::prompt
