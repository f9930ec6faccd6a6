#include "workbench/completion.h"

#include <gmock/gmock.h>

#include "base/file.h"
#include "support/program.h"

namespace newbie::workbench {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using Strings = std::vector<std::string>;

const Strings kCommands{"again", "seed", "set", "save"};

Strings words(const std::string& line, const std::string& before = "") {
  return complete(line, before, kCommands).words;
}

TEST(Completion, CommandsAndTheirArguments) {
  EXPECT_THAT(words(":s"), ElementsAre("seed", "set", "save"));
  EXPECT_THAT(words(":set st"), ElementsAre("steps", "strength"));
  EXPECT_EQ(complete(":set st", "", kCommands).begin, 5u);
  EXPECT_THAT(words(":set sampler eu"), ElementsAre("euler", "euler_ancestral"));
  EXPECT_THAT(words(":set steps 2"), IsEmpty());
  EXPECT_THAT(words(":set nothing x"), IsEmpty());
  EXPECT_THAT(words(":seed r"), ElementsAre("random"));
}

TEST(Completion, FilesBehindCommandsThatTakeThem) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "portrait.xml", "x");
  const std::string typed = ":load " + (folder.path() / "por").string();
  EXPECT_THAT(words(typed), ElementsAre((folder.path() / "portrait.xml").string()));
}

TEST(Completion, ElementsFitTheirPlace) {
  EXPECT_THAT(words("<"), Contains("character_1>"));
  EXPECT_THAT(words("<cap"), ElementsAre("caption>"));
  EXPECT_THAT(words("<char", "<character_1><n>A</n></character_1>\n"), ElementsAre("character_2>"));
  EXPECT_THAT(words("<app", "<character_1>\n"), ElementsAre("appearance>"));
  EXPECT_THAT(words("<app"), IsEmpty()) << "appearance belongs to a character";
  EXPECT_THAT(words("<li", "<general_tags>\n"), ElementsAre("lighting>"));
  EXPECT_THAT(words("</", "<character_1>\n<appearance>red_hair"), ElementsAre("appearance>"));
  EXPECT_THAT(words("</"), IsEmpty());
}

TEST(Completion, TagsOfTheOpenElementComeFirst) {
  const Completions found = complete("<appearance>red_hair, blue_h", "<character_1>\n", kCommands);
  EXPECT_EQ(found.begin, 22u);
  EXPECT_THAT(found.words, Contains("blue_hair"));
  for (const std::string& word : found.words) EXPECT_EQ(word.find("blue_h"), 0u);
  EXPECT_THAT(words("1girl, lo"), Contains("long_hair"));
  EXPECT_THAT(words("1girl, blue h"), Contains("blue_hair")) << "blanks are underscores";
  EXPECT_THAT(words("1girl, "), IsEmpty());
  EXPECT_THAT(words("xyzzyq"), IsEmpty());
}

TEST(OpenElements, FollowNesting) {
  EXPECT_THAT(open_elements("<a><b>x</b>"), ElementsAre("a"));
  EXPECT_THAT(open_elements("<a><b>"), ElementsAre("a", "b"));
  EXPECT_THAT(open_elements("<a><b></a>"), IsEmpty()) << "closing the outer closes the inner";
  EXPECT_THAT(open_elements("<a/><3 <!-- c --> </x>"), IsEmpty());
  EXPECT_THAT(open_elements("<a><unfinished"), ElementsAre("a"));
}

TEST(CommonPrefix, IsWhatAllWordsShare) {
  EXPECT_EQ(common_prefix({}), "");
  EXPECT_EQ(common_prefix({"blue_hair", "blue_hat", "blue"}), "blue");
  EXPECT_EQ(common_prefix({"one"}), "one");
  EXPECT_EQ(common_prefix({"雨天", "雨夜"}), "雨");
  EXPECT_EQ(common_prefix({"\xE9\x9B\xA8", "\xE9\x9B\xAA"}), "") << "never half a character";
}

}  // namespace
}  // namespace newbie::workbench
