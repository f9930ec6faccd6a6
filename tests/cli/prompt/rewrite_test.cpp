/// Commands that change prompts: fix, format, convert, expand.

#include <gmock/gmock.h>

#include "base/file.h"
#include "newbie_program.h"

namespace newbie::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string kAliased =
    "<character_1>\n<name>$character_1$</name>\n<gender>1girl</gender>\n"
    "<appearance>blue_hair, red_eyes, long_hair</appearance>\n<clothing>serafuku</clothing>\n"
    "</character_1>\n";

TEST(Fix, WritesTheFixedTextToStandardOutput) {
  const ProgramResult result = prompt({"fix"}, kAliased);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("<n>$character_1$</n>"));
  EXPECT_THAT(result.err, HasSubstr("X013"));
}

TEST(Fix, WritesFilesInPlaceOnRequestOnly) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "a.xml";
  write_file(file, kAliased);
  EXPECT_EQ(prompt({"fix", "--check", file.string()}).exit_code, 1);
  const ProgramResult diff = prompt({"fix", "--diff", file.string()});
  EXPECT_THAT(diff.out, HasSubstr("-<name>$character_1$</name>\n+<n>$character_1$</n>"));
  EXPECT_EQ(slurp(file), kAliased);
  EXPECT_EQ(prompt({"fix", "--write", folder.path().string()}).exit_code, 0);
  EXPECT_THAT(slurp(file), HasSubstr("<n>$character_1$</n>"));
  EXPECT_EQ(prompt({"fix", "--check", file.string()}).exit_code, 0);
}

TEST(Fix, OnlySomeRules) {
  const ProgramResult result =
      prompt({"fix", "--only", "X034", "--zh-tags", "translate"},
             "<character_1><name>x</name><appearance>双马尾</appearance></character_1>");
  EXPECT_THAT(result.out, HasSubstr("<name>"));
  EXPECT_THAT(result.out, HasSubstr("<appearance>twintails</appearance>"));
}

TEST(Fix, JsonTellsWhatWasDone) {
  const Json all = json_of(prompt({"fix", "--json"}, kAliased));
  EXPECT_EQ(all[0]["changed"], true);
  EXPECT_EQ(all[0]["applied"][0]["rule"], "X013");
  EXPECT_THAT(std::string(all[0]["text"]), HasSubstr("<n>"));
}

TEST(Fix, SeveralPromptsNeedAPlaceToGo) {
  const ProgramResult result = prompt({"fix", "-t", "a", "-t", "b"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("--write"));
}

TEST(Format, IsIdempotentAndChecked) {
  const std::string wrapped =
      "<image>\n\t<general_tags><style>sketch</style></general_tags>\n" + kAliased + "</image>";
  const ProgramResult once = prompt({"format"}, wrapped);
  EXPECT_EQ(once.exit_code, 0);
  EXPECT_THAT(once.out, testing::StartsWith("<character_1>\n<n>$character_1$</n>\n"));
  EXPECT_EQ(prompt({"format"}, once.out).out, once.out);
  EXPECT_EQ(prompt({"format", "--check"}, once.out).exit_code, 0);
  EXPECT_EQ(prompt({"format", "--check"}, wrapped).exit_code, 1);
  for (const char* layout : {"readme", "builder", "oneline", "img", "json"}) {
    const std::string other = prompt({"format", "--layout", layout}, wrapped).out;
    EXPECT_EQ(prompt({"format"}, other).out, once.out) << layout;
  }
  EXPECT_EQ(prompt({"format", "--layout", "raw"}, wrapped).out, wrapped);
}

TEST(Format, DoesNotLoseCommentsSilently) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "a.xml";
  const std::string text = "<!-- what for -->\n<caption>One girl. <!-- a note --></caption>\n";
  write_file(file, text);
  EXPECT_EQ(prompt({"format", "--write", file.string()}).exit_code, 2);
  EXPECT_EQ(slurp(file), text);
  const ProgramResult shown = prompt({"format", file.string()});
  EXPECT_THAT(shown.err, HasSubstr("1 comment has no place"));
  EXPECT_THAT(shown.out, testing::StartsWith("<!-- what for -->\n"));
  EXPECT_EQ(prompt({"format", "--write", "--drop-notes", file.string()}).exit_code, 0);
  EXPECT_THAT(slurp(file), Not(HasSubstr("a note")));
}

TEST(Convert, ShowsWhereEachTagGoes) {
  const ProgramResult result = prompt({"convert", "-t", "1girl, blue_hair, bow, rain"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("<appearance>blue_hair</appearance>"));
  EXPECT_THAT(result.err, HasSubstr("character_1.appearance"));
  EXPECT_THAT(result.err, HasSubstr("ambiguous"));
  EXPECT_EQ(prompt({"convert", "-q", "-t", "1girl, blue_hair, bow, rain"}).err, "");
  const Json all = json_of(prompt({"convert", "--json", "-t", "1girl, blue_hair, bow, rain"}));
  EXPECT_EQ(all["placements"].size(), 4u);
}

TEST(Convert, BetweenTagsXmlAndJson) {
  EXPECT_EQ(
      prompt({"convert", "--to", "tags", "-t", kGoodPrompt}).out,
      "1girl, solo, blue_hair, long_hair, red_eyes, serafuku, smile, standing, anime_style\n");
  const std::string json = prompt({"convert", "--to", "json", "-q", "-t", kGoodPrompt}).out;
  EXPECT_EQ(prompt({"convert", "-q"}, json).out, kGoodPrompt);
  EXPECT_THAT(prompt({"convert", "--zh-tags", "translate", "-q", "-t", "一个女孩，蓝发，雨天"}).out,
              HasSubstr("<environment>rain</environment>"));
}

TEST(Expand, MatrixWithLabels) {
  const ProgramResult result = prompt({"expand", "-t", "{red|blue}_hair, {c=hat|bow}"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("<!-- 1/4: red, c=hat -->\nred_hair, hat\n"));
  EXPECT_THAT(result.out, HasSubstr("<!-- 4/4: blue, c=bow -->\nblue_hair, bow\n"));
  EXPECT_EQ(prompt({"expand", "--count", "-t", "{1..4}{a|b}"}).out, "8\n");
}

TEST(Expand, WritesFiles) {
  const TemporaryFolder folder;
  const auto out = folder.path() / "sweep";
  EXPECT_EQ(prompt({"expand", "-t", "{red|blue}_hair", "--out", out.string()}).exit_code, 0);
  EXPECT_EQ(slurp(out / "1-red.xml"), "red_hair\n");
  EXPECT_EQ(slurp(out / "2-blue.xml"), "blue_hair\n");
}

TEST(Expand, RandomIsReproducible) {
  const std::vector<std::string> draw = {"expand", "--random", "5",       "--seed",
                                         "9",      "-t",       "{1..100}"};
  EXPECT_EQ(prompt(draw).out, prompt(draw).out);
  EXPECT_EQ(
      json_of(prompt({"expand", "--random", "5", "--json", "-t", "{1..100}"}))["prompts"].size(),
      5u);
}

TEST(Expand, TemplatesOfTheLibrary) {
  EXPECT_THAT(prompt({"expand", "--templates"}).out, HasSubstr("friends_under_umbrella"));
  EXPECT_THAT(prompt({"expand", "--template", "portrait", "--slots"}).out,
              HasSubstr("hair=blue_hair"));
  const ProgramResult filled =
      prompt({"expand", "--template", "portrait", "--set", "hair=red_hair"});
  EXPECT_THAT(filled.out, HasSubstr("<appearance>red_hair,"));
  EXPECT_THAT(filled.out, Not(HasSubstr("{{")));
  EXPECT_THAT(prompt({"expand", "--template", "portrait", "--set", "hiar=x"}).err,
              HasSubstr("did you mean `hair`?"));
  EXPECT_THAT(prompt({"expand", "--template", "potrait"}).err,
              HasSubstr("did you mean `portrait`?"));
}

TEST(Expand, TemplatesAreCheckedFilledAndNeverRewritten) {
  const std::string text = "1girl, {{hair=blue_hair}}, {smile|grin}, rain";
  EXPECT_THAT(prompt({"check", "-t", text}).out, HasSubstr("1 prompt: no findings"));
  EXPECT_THAT(prompt({"compile", "-t", text, "--only", "jina"}).out,
              HasSubstr("1girl, blue_hair, smile, rain"));
  for (const char* command : {"fix", "format"}) {
    const ProgramResult refused = prompt({command, "-t", text});
    EXPECT_EQ(refused.exit_code, 2);
    EXPECT_THAT(refused.err, HasSubstr("prompt.is_template"));
  }
  EXPECT_EQ(prompt({"format", "-t", "{{tag}}, smile, rain"}).exit_code, 0)
      << "doubled braces alone are another program's emphasis";
}

TEST(Expand, Limits) {
  const ProgramResult result = prompt({"expand", "-t", "{1..100}{1..100}"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("10000 prompts"));
  EXPECT_EQ(prompt({"expand", "-t", "__hats__"}).exit_code, 2);
}

}  // namespace
}  // namespace newbie::test
