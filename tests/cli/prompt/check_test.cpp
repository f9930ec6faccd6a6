#include <gmock/gmock.h>

#include "base/file.h"
#include "newbie_program.h"

namespace newbie::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Check, ExitCodesFollowFailOn) {
  EXPECT_EQ(prompt({"check"}, kGoodPrompt).exit_code, 0);
  const std::string warning = "<character_1><n>x</n><mood>y</mood></character_1>";
  EXPECT_EQ(prompt({"check", "-t", warning}).exit_code, 1);
  EXPECT_EQ(prompt({"check", "-t", warning, "--fail-on", "error"}).exit_code, 0);
  EXPECT_EQ(prompt({"check", "-t", warning, "--fail-on", "never"}).exit_code, 0);
  EXPECT_EQ(prompt({"check", "-t", "<caption>x & y", "--fail-on", "error"}).exit_code, 1);
}

TEST(Check, ShowsThePlaceAndTheReason) {
  const ProgramResult result =
      prompt({"check"}, "<character_1>\n<mood>calm</mood>\n</character_1>\n");
  EXPECT_THAT(result.out, HasSubstr("<stdin>:2:"));
  EXPECT_THAT(result.out, HasSubstr("X012"));
  EXPECT_THAT(result.out, HasSubstr("^"));
  EXPECT_THAT(result.out, Not(HasSubstr("\x1b["))) << "no colour into a file";
  EXPECT_EQ(result.err, "");
}

TEST(Check, ColourOnRequest) {
  const ProgramResult result = prompt({"check", "--color", "always", "-t", "<n>a & b</n>"});
  EXPECT_THAT(result.out, HasSubstr("\x1b["));
}

TEST(Check, JsonIsComplete) {
  const ProgramResult result =
      prompt({"check", "--json", "-t", "<character_1><mood>x</mood></character_1>"});
  const Json all = json_of(result);
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(all["files"][0]["name"], "<text>");
  EXPECT_EQ(all["files"][0]["kind"], "xml");
  const Json& findings = all["files"][0]["findings"];
  ASSERT_FALSE(findings.empty());
  for (const Json& finding : findings) {
    for (const char* key : {"rule", "severity", "message", "line", "column", "begin", "end"}) {
      EXPECT_TRUE(finding.contains(key)) << key;
    }
  }
  EXPECT_EQ(all["summary"]["prompts"], 1);
}

TEST(Check, ReadsWholeFolders) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "deep" / ".hidden");
  write_file(folder.path() / "b.xml", kGoodPrompt);
  write_file(folder.path() / "deep" / "a.txt", "1girl, solo, blue_hair, red_eyes, smile, sitting");
  write_file(folder.path() / "deep" / ".hidden" / "x.xml", "<n>");
  write_file(folder.path() / "notes.md", "<n>");
  const Json all = json_of(prompt({"check", "--json", folder.path().string()}));
  ASSERT_EQ(all["files"].size(), 2u);
  EXPECT_THAT(std::string(all["files"][0]["name"]), HasSubstr("b.xml"));
  EXPECT_EQ(all["files"][1]["kind"], "tags");
  const TemporaryFolder empty;
  EXPECT_EQ(prompt({"check", empty.path().string()}).exit_code, 2);
}

TEST(Check, RulesCanBeSilenced) {
  const std::string text = "<character_1><n>x</n><mood>y</mood></character_1>";
  EXPECT_THAT(prompt({"check", "-t", text}).out, HasSubstr("X012"));
  EXPECT_THAT(prompt({"check", "-t", text, "--disable", "x012,X023"}).out, Not(HasSubstr("X012")));
  const ProgramResult unknown = prompt({"check", "-t", text, "--disable", "X99"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("prompt.unknown_rule"));
}

TEST(Check, ComparesWithTheNegative) {
  const ProgramResult result = prompt({"check", "-t", "1girl, solo, simple_background, smile",
                                       "--negative-text", "bad_hands, simple_background, blurry"});
  EXPECT_THAT(result.out, HasSubstr("X031"));
}

TEST(Check, HostileInputEndsWell) {
  std::string deep;
  for (int i = 0; i < 20000; ++i) deep += "<a>";
  for (const std::string& input :
       {std::string(3 << 20, 'x'), deep, std::string("\xff\xfe<n>\x93\x94</n>\0\x01", 14),
        std::string("<!DOCTYPE a [<!ENTITY b 'c'>]><n>&b;</n>"), std::string("{\"image\": ")}) {
    const ProgramResult result = prompt({"check", "--json"}, input);
    EXPECT_LE(result.exit_code, 1);
    json_of(result);
    EXPECT_LE(prompt({"check"}, input).exit_code, 1);
  }
  EXPECT_THAT(prompt({"check"}, "<n>\x93hi\x94</n>").out, HasSubstr("X038"));
  EXPECT_EQ(prompt({"check"}, "").exit_code, 0) << "an empty prompt is the unconditional input";
  EXPECT_EQ(prompt({"check"}, std::string(17 << 20, 'x')).exit_code, 2);
}

TEST(Check, ChineseIsShownInItsColumns) {
  const ProgramResult result =
      prompt({"check", "--fail-on", "never"},
             "<character_1><n>x</n><appearance>双马尾, 魔法少女</appearance></character_1>");
  EXPECT_THAT(result.out, HasSubstr("twintails"));
  EXPECT_THAT(result.out, HasSubstr("X034"));
  EXPECT_THAT(prompt({"check", "--zh-tags", "keep", "-t", "双马尾，蓝发，制服"}).out,
              Not(HasSubstr("X034")));
}

TEST(Rules, ListsAndExplains) {
  EXPECT_EQ(json_of(prompt({"rules", "--json"})).size(), 42u);
  const ProgramResult one = prompt({"rules", "x017"});
  EXPECT_EQ(one.exit_code, 0);
  EXPECT_THAT(one.out, HasSubstr("X017"));
  const ProgramResult unknown = prompt({"rules", "X071"});
  EXPECT_EQ(unknown.exit_code, 2);
  EXPECT_THAT(unknown.err, HasSubstr("did you mean"));
}

}  // namespace
}  // namespace newbie::test
