// Manual pages say what help says, and man can show them.

#include "cli/workbench/workbench_program.h"

namespace newbie::test {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

class Man : public WorkbenchTest {
 protected:
  Man() { result_ = run({"man", "{}/man1"}); }
  std::string page(const std::string& name) const { return read_file(at("man1/" + name)); }
  ProgramResult result_;
};

TEST_F(Man, EveryCommandHasAPage) {
  ASSERT_EQ(result_.exit_code, 0) << result_.err;
  for (const char* name :
       {"newbie.1", "newbie-generate.1", "newbie-create.1", "newbie-sweep.1", "newbie-replay.1",
        "newbie-snapshot.1", "newbie-compare.1", "newbie-prompt.1", "newbie-prompt-check.1",
        "newbie-model-verify.1", "newbie-completion.1"}) {
    EXPECT_THAT(page(name), StartsWith(".TH NEWBIE")) << name;
    EXPECT_THAT(result_.out, HasSubstr(std::string(name) + "\n"));
  }
}

TEST_F(Man, EveryFlagOfHelpIsOnItsPage) {
  const std::string help = run({"generate", "--help"}).out;
  std::string text = page("newbie-generate.1");
  for (size_t at = 0; (at = text.find("\\-", at)) != std::string::npos;) text.replace(at, 2, "-");
  size_t flags = 0;
  for (size_t at = 0; (at = help.find(" --", at)) != std::string::npos; ++at) {
    const size_t end = help.find_first_not_of("-abcdefghijklmnopqrstuvwxyz0123456789", at + 1);
    EXPECT_THAT(text, HasSubstr(help.substr(at + 1, end - at - 1)));
    ++flags;
  }
  EXPECT_GT(flags, 30u);
}

TEST_F(Man, PagesRenderWithoutComplaint) {
  const auto rendered = shell(
      "command -v man > /dev/null || exit 0; for page in man1/*.1; do MANWIDTH=100 man "
      "--warnings -E UTF-8 -l $page > text 2> complaints || exit 1; [ -s complaints ] && { "
      "echo $page; cat complaints; exit 1; }; grep -q SYNOPSIS text || exit 1; done; exit 0");
  EXPECT_EQ(rendered.exit_code, 0) << rendered.out << rendered.err;
}

}  // namespace
}  // namespace newbie::test
