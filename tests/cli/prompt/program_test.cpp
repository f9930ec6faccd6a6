/// The frame of the program: help, versions, misspellings, completion.

#include <gmock/gmock.h>

#include "newbie_program.h"

namespace newbie::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Program, HelpAndVersion) {
  const ProgramResult help = newbie({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("usage: newbie COMMAND [OPTIONS]"));
  EXPECT_THAT(help.out, HasSubstr("prompt"));
  EXPECT_EQ(help.err, "");
  const ProgramResult version = newbie({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_THAT(version.out, StartsWith("newbie 0."));
}

TEST(Program, WithoutACommandHelpIsAnError) {
  const ProgramResult nothing = newbie({});
  EXPECT_EQ(nothing.exit_code, 2);
  EXPECT_EQ(nothing.out, "");
  EXPECT_THAT(nothing.err, HasSubstr("usage: newbie"));
  EXPECT_EQ(newbie({"prompt"}).exit_code, 2);
}

TEST(Program, MisspellingsAreAnswered) {
  const ProgramResult group = newbie({"promt"});
  EXPECT_EQ(group.exit_code, 2);
  EXPECT_THAT(group.err, HasSubstr("did you mean `prompt`?"));
  EXPECT_THAT(prompt({"chekc"}).err, HasSubstr("did you mean `check`?"));
  const ProgramResult flag = prompt({"check", "--fial-on", "error"});
  EXPECT_EQ(flag.exit_code, 2);
  EXPECT_THAT(flag.err, HasSubstr("`newbie prompt check` has no option --fial-on"));
  EXPECT_THAT(flag.err, HasSubstr("did you mean `--fail-on`?"));
  EXPECT_THAT(prompt({"format", "--layout", "canonicle", "-t", "x"}).err,
              HasSubstr("did you mean `canonical`?"));
}

TEST(Program, EveryCommandHasHelpWithExamples) {
  for (const char* command : {"check", "fix", "format", "compile", "explain", "convert", "diff",
                              "expand", "tags", "rules"}) {
    const ProgramResult help = prompt({command, "--help"});
    EXPECT_EQ(help.exit_code, 0) << command;
    EXPECT_THAT(help.out, HasSubstr("usage: newbie prompt " + std::string(command)));
    EXPECT_THAT(help.out, HasSubstr("examples:"));
    EXPECT_THAT(help.out, HasSubstr("--json"));
    EXPECT_THAT(help.out, HasSubstr("--color auto|always|never"));
  }
}

TEST(Program, MissingFilesAreNamed) {
  const ProgramResult result = prompt({"check", "no/such/file.xml"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("error[file.missing]"));
  EXPECT_THAT(result.err, HasSubstr("no/such/file.xml"));
  EXPECT_EQ(result.out, "");
}

TEST(Program, AFullDiskIsReported) {
  const ProgramResult result =
      run_program({"sh", "-c", std::string(NEWBIE_PROGRAM) + " prompt rules > /dev/full"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("standard output"));
}

TEST(Completion, BashScriptCompletes) {
  TemporaryFolder folder;
  const std::string script = (folder.path() / "newbie.bash").string();
  const auto complete = [&](const std::string& line, int word) {
    const std::string command = "source <(" NEWBIE_PROGRAM " completion bash); COMP_WORDS=(" +
                                line + "); COMP_CWORD=" + std::to_string(word) +
                                "; _newbie; echo \"${COMPREPLY[*]}\"";
    const ProgramResult result = run_program({"bash", "-c", command});
    EXPECT_EQ(result.err, "");
    return result.out;
  };
  EXPECT_EQ(complete("newbie pro", 1), "prompt\n");
  EXPECT_EQ(complete("newbie prompt ch", 2), "check\n");
  EXPECT_THAT(complete("newbie prompt check --fail", 3), "--fail-on\n");
  EXPECT_EQ(complete("newbie prompt check --fail-on ''", 4), "error warning info never\n");
  EXPECT_EQ(complete("newbie prompt format --layout can", 4), "canonical\n");
  EXPECT_EQ(complete("newbie completion ''", 2).substr(0, 4), "bash");
  EXPECT_EQ(complete("newbie model ver", 2), "verify\n") << "groups take commands, not files";
  EXPECT_EQ(complete("newbie create --display ki", 3), "kitty\n");
  EXPECT_EQ(complete("newbie sweep --sampler res", 3), "res_multistep\n");
}

TEST(Completion, ScriptsNameEveryCommand) {
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const ProgramResult script = newbie({"completion", shell});
    EXPECT_EQ(script.exit_code, 0);
    for (const char* word : {"check", "explain", "expand", "fail-on", "canonical"}) {
      EXPECT_THAT(script.out, HasSubstr(word)) << shell;
    }
  }
  EXPECT_EQ(run_program({"bash", "-n"}, newbie({"completion", "bash"}).out).exit_code, 0);
  EXPECT_THAT(newbie({"completion", "tcsh"}).err, HasSubstr("not one of bash, zsh, fish"));
}

}  // namespace
}  // namespace newbie::test
