// The creative session: by script, on a terminal, and beside an editor.

#include "cli/workbench/workbench_program.h"

namespace newbie::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

/// Terminals get pictures: too much to print when something is missing.
bool holds(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

class Create : public WorkbenchTest {
 protected:
  ProgramResult script(const std::string& lines, Strings more = {}) {
    more.insert(more.begin(),
                {"create", "-q", "--model", model(), "--resolution", "64x48", "--steps", "2"});
    return run(more, lines);
  }
  /// What a session that believes it has a terminal shows while the shell commands `typist` type.
  /// Input stays open until the session has ended, for what `script` does at its end is its own.
  std::string typed_by(const std::string& typist, const std::string& environment = "") {
    const std::string shown =
        shell("export TERM=xterm XDG_STATE_HOME=$PWD/state " + environment + "; touch out\n" +
              "wait_for() { for i in $(seq 1500); do grep -qa \"$1\" out && return; sleep 0.02; "
              "done; }\n(" +
              typist +
              "; wait_for 'ended [0-9]') | script -qfc 'trap : INT; " NEWBIE_PROGRAM
              " create --resolution 64x48 --steps 2; echo ended $?' out > /dev/null; cat out")
            .out;
    const size_t end = shown.rfind("ended ");
    EXPECT_EQ(end == shown.npos ? shown : shown.substr(end, 7), "ended 0");
    return shown;
  }
  std::string typed(const std::string& keys, const std::string& environment = "") {
    put("keys", keys);
    return typed_by("cat keys", environment);
  }
};

TEST_F(Create, AScriptIsASession) {
  const auto result = script(
      "<caption>rain</caption>\n\n<caption>more rain</caption>\n:set cfg 7.5\n:again\n:vary 0.3\n"
      ":save " +
      path("a.png") + "\n:history\n");
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("picture 3: seed 0"));
  EXPECT_THAT(result.out, HasSubstr("varied 0.3 by 1; :use 3 goes on from here"));
  const Json request = recipe_in("a.png")["request"];
  EXPECT_EQ(request["prompt"], "<caption>rain</caption>\n\n<caption>more rain</caption>");
  EXPECT_EQ(request["cfg"], 7.5);
  EXPECT_EQ(request["variation"], 0.3);
  EXPECT_EQ(run({"replay", "-q", "--model", model(), path("a.png")}).exit_code, 0);
}

TEST_F(Create, TheModelStaysLoadedAndThePromptEncoded) {
  const auto result = run({"create", "--model", model(), "--resolution", "64x48", "--steps", "2"},
                          "1girl, rain\n:again\n:seed next\n:again\n:quit\n");
  EXPECT_EQ(result.exit_code, 0) << result.err;
  for (const char* once : {"load text encoder ...", "encode prompt ...", "load transformer ..."}) {
    const size_t first = result.err.find(once);
    ASSERT_NE(first, std::string::npos) << once;
    EXPECT_EQ(result.err.find(once, first + 1), std::string::npos) << once;
  }
}

TEST_F(Create, ASettingActsAsTheFlagDoes) {
  ASSERT_EQ(
      script("1girl, rain\n:set steps 3\n:set sampler heun\n:again\n:save " + path("a.png") + "\n")
          .exit_code,
      0);
  ASSERT_EQ(run({"generate", "1girl, rain", "-q", "--model", model(), "--width", "64", "--height",
                 "48", "--steps", "3", "--sampler", "heun", "-o", "{}/b.png"})
                .exit_code,
            0);
  EXPECT_TRUE(read_file(at("a.png")) == read_file(at("b.png")));
}

TEST_F(Create, ExplainWritesWhereThePictureLooked) {
  const auto result = script(
      "<character_1>\n<appearance>red_hair</appearance>\n</character_1>\n<character_2>\n"
      "<appearance>black_hair</appearance>\n</character_2>\n\n:explain " +
      path("maps") + "\n");
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, HasSubstr("index.html\nattention to   in character_1  in character_2"));
  EXPECT_TRUE(std::filesystem::exists(at("maps/index.html")));
}

TEST_F(Create, FailuresAreToldAndTheRestRuns) {
  const auto result = script("<caption>rain</captoin>\n:fix\n:set steps many\n:nonsense\n1girl\n");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.out, HasSubstr("not drawn: the prompt has errors"));
  EXPECT_THAT(result.out, HasSubstr("picture 1")) << "mended";
  EXPECT_THAT(result.out, HasSubstr("error[request.field]"));
  EXPECT_THAT(result.out, HasSubstr("error[session.unknown_command]"));
  EXPECT_THAT(result.out, HasSubstr("picture 2"));
  EXPECT_EQ(run({"create", "--model", model(), "--script", "absent"}).exit_code, 2);
}

TEST_F(Create, ARecipeStartsItAndEveryPictureMayBeKept) {
  put_recipe("a.toml");
  put("script", ":again\n:again\n:seed 9\n:again\n");
  const auto result = run({"create", "-q", "--model", model(), "-r", path("a.toml"), "--script",
                           path("script"), "--out", "{}/kept-{index}.png"});
  ASSERT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_EQ(recipe_in("kept-1.png")["request"]["seed"], 7);
  EXPECT_EQ(recipe_in("kept-3.png")["request"]["seed"], 9);
  EXPECT_TRUE(read_file(at("kept-1.png")) == read_file(at("kept-2.png")));
}

TEST_F(Create, ASavedPromptFileIsDrawn) {
  put("p.xml", "<caption>rain</caption>");
  const auto result = shell(
      NEWBIE_PROGRAM
      " create -q --resolution 64x48 --steps 2 --watch p.xml --out 'w-{index}.png' < "
      "/dev/null"
      " > log 2>&1 & pid=$!\n"
      "wait_for() { for i in $(seq 500); do [ -e \"$1\" ] && return; sleep 0.02; done; }\n"
      "wait_for w-1.png; echo '<caption>snow</caption>' > new; mv new p.xml; wait_for w-2.png\n"
      "echo '<caption>storm</caption>' > p.xml; wait_for w-3.png\n"
      "kill -INT $pid; wait $pid; echo ended $?; cat log");
  EXPECT_THAT(result.out, HasSubstr("ended 0"));
  EXPECT_EQ(recipe_in("w-1.png")["request"]["prompt"], "<caption>rain</caption>");
  EXPECT_EQ(recipe_in("w-2.png")["request"]["prompt"], "<caption>snow</caption>\n");
  EXPECT_EQ(recipe_in("w-3.png")["request"]["prompt"], "<caption>storm</caption>\n");
}

TEST_F(Create, OnATerminalTabCompletesAndHistoryIsKept) {
  const std::string out = typed(":set samp\thea\n:set samp\theun\n:sho\t\n1girl, rain\n:quit\n");
  EXPECT_TRUE(holds(out, "sampler is \"hea\", expected one of"));
  EXPECT_TRUE(holds(out, "sampler: heun"));
  EXPECT_TRUE(holds(out, "picture 1: seed 0"));
  EXPECT_TRUE(holds(out, "\u2580")) << "half blocks";
  EXPECT_TRUE(holds(read_file(at("state/newbie/create_history")), "rain"));
}

TEST_F(Create, CtrlCStopsTheCommandAndKeepsTheSession) {
  const std::string shown = typed_by(
      "printf '1girl, rain\\n:vary 0.2 90\\n'; wait_for 'picture 2:'; printf '\\003'\n"
      "wait_for cancelled; printf ':seed 77\\n:again\\n:quit\\n'");
  EXPECT_TRUE(holds(shown, "cancelled before it was"));
  EXPECT_TRUE(holds(shown, ": seed 77"));
  EXPECT_FALSE(holds(shown, "picture 90"));
}

TEST_F(Create, TerminalsThatShowPicturesGetPictures) {
  EXPECT_TRUE(holds(typed("1girl, rain\n:quit\n", "TERM=xterm-kitty"), "\x1b_Ga=T,f=100"));
  EXPECT_TRUE(holds(typed("1girl, rain\n:quit\n", "TERM_PROGRAM=iTerm.app"), "\x1b]1337;File="));
  const auto sixel = run({"create", "-q", "--model", model(), "--resolution", "64x48", "--steps",
                          "2", "--display", "sixel"},
                         "1girl\n");
  EXPECT_TRUE(holds(sixel.out, "\x1bP0;1q"));
  EXPECT_THAT(script("1girl\n").out, Not(HasSubstr("\x1b")))
      << "nothing but text where nobody looks";
}

}  // namespace
}  // namespace newbie::test
