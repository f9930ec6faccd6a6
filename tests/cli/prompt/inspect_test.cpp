/// Commands that tell: compile, explain, diff, tags.

#include <gmock/gmock.h>

#include "base/file.h"
#include "newbie_program.h"

namespace newbie::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Compile, GivesExactBytes) {
  const ProgramResult gemma = prompt({"compile", "--only", "gemma"}, kGoodPrompt);
  EXPECT_EQ(gemma.exit_code, 0);
  EXPECT_THAT(gemma.out, testing::StartsWith("You are an assistant"));
  EXPECT_THAT(gemma.out, testing::EndsWith("</general_tags>"));
  const ProgramResult jina = prompt({"compile", "--only", "jina"}, kGoodPrompt);
  EXPECT_EQ(jina.out + "\n", kGoodPrompt);
  EXPECT_THAT(gemma.out, testing::EndsWith(jina.out));
  EXPECT_EQ(prompt({"compile", "--only", "negative-gemma"}, kGoodPrompt).out, "");
}

TEST(Compile, WeightsLeaveTheText) {
  const std::string weighted =
      "<character_1><n>x</n><appearance>(teal_eyes:0.6)</appearance></character_1>";
  const Json all = json_of(prompt({"compile", "--json"}, weighted));
  const std::string caption = all["positive"]["caption"];
  EXPECT_THAT(caption, Not(HasSubstr("0.6")));
  ASSERT_EQ(all["positive"]["weights"].size(), 1u);
  EXPECT_EQ(all["positive"]["weights"][0]["weight"], 0.6);
  const size_t begin = all["positive"]["weights"][0]["bytes"][0];
  EXPECT_EQ(caption.substr(begin, 9), "teal_eyes");
}

TEST(Compile, RefusesErrors) {
  const ProgramResult refused = prompt({"compile"}, "<n>a&b</n>");
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_EQ(refused.out, "");
  EXPECT_THAT(refused.err, HasSubstr("X003"));
  EXPECT_EQ(prompt({"compile", "--lenient"}, "<n>a&b</n>").exit_code, 0);
}

TEST(Compile, SystemPrompts) {
  EXPECT_THAT(prompt({"compile", "--only", "gemma", "--system", "none"}, kGoodPrompt).out,
              testing::StartsWith("<character_1>"));
  EXPECT_THAT(prompt({"compile", "--only", "gemma", "--system-text", "Hello. "}, kGoodPrompt).out,
              testing::StartsWith("Hello. <character_1>"));
  EXPECT_EQ(prompt({"compile", "--system", "train-xlm"}, kGoodPrompt).exit_code, 2);
}

TEST(Explain, WithoutAModelRangesAreBytes) {
  const ProgramResult result = prompt({"explain"}, kGoodPrompt);
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("character_1.appearance[0]"));
  EXPECT_THAT(result.out, HasSubstr("blue_hair"));
  EXPECT_THAT(result.out, HasSubstr("--model DIR"));
}

TEST(Explain, WithAModelEveryTokenHasAnOwner) {
  const std::string model = NEWBIE_TEST_DATA "/golden/tiny-newbie";
  const Json all = json_of(prompt({"explain", "--model", model, "--json"},
                                  "<character_1><n>x</n><appearance>(blue_hair:0.6), 双马尾"
                                  "</appearance></character_1>"));
  for (const char* encoder : {"gemma", "jina"}) {
    const Json& side = all[encoder];
    EXPECT_EQ(side["count"], side["tokens"].size());
    std::string joined, weighted;
    size_t end = 0;
    for (const Json& token : side["tokens"]) {
      const size_t begin = token["bytes"][0];
      if (token["owner"] == "-" && token["text"] == "") continue;
      EXPECT_GE(begin + 8, end);
      end = token["bytes"][1];
      if (token["owner"] == "character_1.appearance[0]") weighted += token["text"];
      if (token["owner"] == "character_1.appearance[0]") {
        EXPECT_LT(double(token["weight"]), 1);
      }
    }
    EXPECT_EQ(end, std::string(side["text"]).size()) << encoder;
    EXPECT_THAT(weighted, HasSubstr("blue"));
  }
  const ProgramResult table = prompt({"explain", "--model", model}, kGoodPrompt);
  EXPECT_THAT(table.out, HasSubstr("of 512 trained, 1024 possible"));
  const ProgramResult rows = prompt({"explain", "--model", model, "--tokens"}, kGoodPrompt);
  EXPECT_GT(std::ranges::count(rows.out, '\n'), 100);
  const ProgramResult missing = prompt({"explain", "--model", "no/such/model"}, kGoodPrompt);
  EXPECT_EQ(missing.exit_code, 2);
  EXPECT_THAT(missing.err, HasSubstr("no/such/model"));
}

class Diff : public ::testing::Test {
 protected:
  void SetUp() override {
    before_ = (folder_.path() / "old.xml").string();
    after_ = (folder_.path() / "new.xml").string();
    write_file(before_, kGoodPrompt);
    std::string changed = kGoodPrompt;
    changed.replace(changed.find("blue_hair"), 9, "pink_hair");
    write_file(after_, changed);
  }
  TemporaryFolder folder_;
  std::string before_, after_;
};

TEST_F(Diff, TellsForWhom) {
  const ProgramResult result = prompt({"diff", before_, after_});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.out, "character_1.appearance: - blue_hair + pink_hair\n");
  EXPECT_EQ(prompt({"diff", before_, before_}).exit_code, 0);
  EXPECT_EQ(prompt({"diff", before_}).exit_code, 2);
  const Json all = json_of(prompt({"diff", "--json", before_, after_}));
  EXPECT_EQ(all[0]["kind"], "removed");
  EXPECT_EQ(all[0]["path"], "character_1.appearance");
}

TEST_F(Diff, WorksAsGitsDiff) {
  const std::string script =
      "set -e; cd '" + folder_.path().string() +
      "'; git init -q repo; cd repo; git config user.email a@b; git config user.name n;"
      "git config diff.newbie.command '" NEWBIE_PROGRAM
      " prompt diff';"
      "echo '*.xml diff=newbie' > .gitattributes;"
      "cp ../old.xml p.xml; git add .; git commit -qm one; cp ../new.xml p.xml; git diff";
  const ProgramResult result = run_program({"bash", "-c", script});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("prompt p.xml\n"));
  EXPECT_THAT(result.out, HasSubstr("character_1.appearance: - blue_hair + pink_hair"));
}

TEST(Tags, LooksWordsUp) {
  const ProgramResult known = prompt({"tags", "twintails", "blue hair"});
  EXPECT_EQ(known.exit_code, 0);
  EXPECT_THAT(known.out, HasSubstr("双马尾"));
  EXPECT_THAT(known.out, HasSubstr("character/appearance"));
  const ProgramResult unknown = prompt({"tags", "bleu_hat_x"});
  EXPECT_EQ(unknown.exit_code, 1);
  const ProgramResult compound = prompt({"tags", "蓝白配色+双马尾+制服+雨天"});
  EXPECT_THAT(compound.out, HasSubstr("blue_theme"));
  EXPECT_THAT(compound.out, HasSubstr("general_tags/environment"));
  EXPECT_THAT(prompt({"tags", "closed_eyes"}).out, HasSubstr("not with looking_at_viewer"));
}

TEST(Tags, Lists) {
  EXPECT_THAT(prompt({"tags", "--search", "umbrella"}).out, HasSubstr("holding_umbrella"));
  EXPECT_GT(json_of(prompt({"tags", "--category", "footwear", "--json"})).size(), 20u);
  EXPECT_EQ(prompt({"tags", "--search", "qqqqq"}).exit_code, 1);
  EXPECT_THAT(prompt({"tags", "--category", "shoes"}).err, HasSubstr("footwear"));
  EXPECT_THAT(prompt({"tags", "--limit", "3"}).err, HasSubstr("--limit 0 shows all"));
}

}  // namespace
}  // namespace newbie::test
