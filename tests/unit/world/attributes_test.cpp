#include "world/attributes.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "prompt/tag_table.h"

namespace newbie::world {
namespace {

bool has_reading(std::string_view tag, const std::string& path) {
  for (const prompt::TagReading& reading : prompt::tag_readings(tag)) {
    if (reading.path == path) return true;
  }
  return false;
}

TEST(Attributes, EveryTagIsKnownToThePromptLanguageWhereTheWorldWritesIt) {
  for (const TraitTable& traits : character_traits()) {
    if (traits.name == "clothing_color") continue;
    for (const Value& value : traits.values) {
      if (value.tag.empty()) continue;
      // A character's gender is a count tag.
      const std::string path = traits.name == "gender" ? "general_tags/count"
                                                       : "character/" + std::string(value.element);
      EXPECT_TRUE(has_reading(value.tag, path)) << value.tag << " in " << path;
    }
  }
  for (const TraitTable& traits : scene_traits()) {
    for (const Value& value : traits.values) {
      if (value.tag.empty()) continue;
      EXPECT_TRUE(has_reading(value.tag, "general_tags/" + std::string(value.element)))
          << value.tag;
    }
  }
}

TEST(Attributes, ChineseWordsTranslateBackToTheirTags) {
  std::map<std::string_view, std::string_view> tags;
  for (const prompt::ChineseTag& row : prompt::all_chinese()) tags.emplace(row.chinese, row.tags);
  int known = 0;
  for (const TraitTable& traits : character_traits()) {
    if (traits.name == "clothing_color" || traits.name == "gender") continue;
    for (const Value& value : traits.values) {
      const auto row = tags.find(value.chinese);
      if (row == tags.end()) continue;  // the world has words that nobody tags with
      ++known;
      EXPECT_EQ(row->second, value.tag) << value.chinese;
    }
  }
  EXPECT_GT(known, 20);
}

TEST(Attributes, TagsAreUniqueAndWordsComplete) {
  std::set<std::string_view> tags;
  for (const auto& tables : {character_traits(), scene_traits()}) {
    for (const TraitTable& traits : tables) {
      for (const Value& value : traits.values) {
        if (value.tag.empty()) continue;
        EXPECT_TRUE(tags.insert(value.tag).second) << value.tag;
        EXPECT_FALSE(value.english.empty()) << value.tag;
        EXPECT_FALSE(value.chinese.empty()) << value.tag;
        EXPECT_FALSE(value.element.empty()) << value.tag;
      }
    }
  }
}

TEST(Attributes, TablesHaveARowForEveryEnumerator) {
  EXPECT_EQ(table(Trait::hair_color).values[static_cast<size_t>(HairColor::orange)].tag,
            "orange_hair");
  EXPECT_EQ(table(Trait::hair_style).values[static_cast<size_t>(HairStyle::double_bun)].tag,
            "double_bun");
  EXPECT_EQ(table(Trait::eye_color).values[static_cast<size_t>(EyeColor::pink)].tag, "pink_eyes");
  EXPECT_EQ(table(Trait::expression).values[static_cast<size_t>(Expression::surprised)].tag,
            "surprised");
  EXPECT_EQ(table(Trait::clothing).values[static_cast<size_t>(Clothing::overalls)].tag, "overalls");
  EXPECT_EQ(table(Trait::clothing_color).values[static_cast<size_t>(ClothingColor::pink)].tag,
            "pink");
  EXPECT_EQ(table(Trait::accessory).values[static_cast<size_t>(Accessory::scarf)].tag, "scarf");
  EXPECT_EQ(table(Trait::action).values[static_cast<size_t>(Action::hands_on_hips)].tag,
            "hands_on_own_hips");
  EXPECT_EQ(table(SceneTrait::background).values[static_cast<size_t>(Background::shrine)].tag,
            "shrine");
  EXPECT_EQ(table(SceneTrait::weather).values[static_cast<size_t>(Weather::wind)].tag, "wind");
  EXPECT_EQ(table(SceneTrait::style).values[static_cast<size_t>(PictureStyle::monochrome)].tag,
            "monochrome");
}

TEST(Attributes, ThereIsAtLeastAsMuchAsWasPromised) {
  const size_t expected[] = {10, 8, 8, 7, 7, 8, 8, 5, 3, 2};  // "no accessory" is one of eight
  for (size_t i = 0; i < std::size(expected); ++i) {
    EXPECT_GE(character_traits()[i].values.size(), expected[i]) << character_traits()[i].name;
  }
  const size_t expected_of_scenes[] = {8, 5, 3, 4, 3};  // "clear" is one of five
  for (size_t i = 0; i < std::size(expected_of_scenes); ++i) {
    EXPECT_GE(scene_traits()[i].values.size(), expected_of_scenes[i]) << scene_traits()[i].name;
  }
}

}  // namespace
}  // namespace newbie::world
