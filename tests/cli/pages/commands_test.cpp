/// Every command of the program has a page that is its own help, and docs/reference/commands.md
/// lists them all. The commands are read from the program, so that none can be forgotten.

#include <fmt/format.h>

#include <set>

#include "support/page.h"
#include "support/program.h"

namespace newbie::test {
namespace {

namespace fs = std::filesystem;

using Words = std::vector<std::string>;

std::string help_of(Words command) {
  command.insert(command.begin(), NEWBIE_PROGRAM);
  command.push_back("--help");
  const ProgramResult result = run_program(command);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return result.out;
}

/// The names listed under `commands:`; empty when the command does something itself.
Words listed_in(const std::string& help) {
  Words names;
  std::istringstream lines(help);
  bool listing = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "commands:") {
      listing = true;
    } else if (line.empty()) {
      listing = false;
    } else if (listing && line.starts_with("  ") && line[2] != ' ') {
      names.push_back(line.substr(2, line.find(' ', 2) - 2));
    }
  }
  return names;
}

std::string joined(const Words& words, std::string_view between) {
  return fmt::format("{}", fmt::join(words, between));
}

TEST(Commands, EachHasAPageAndAPlaceInTheList) {
  std::string list =
      "# The commands of `newbie`\n\n"
      "Written from the program's own help; every page is what `newbie COMMAND --help` prints.\n\n"
      "| command | |\n| --- | --- |\n";
  std::set<std::string> pages;
  const auto visit = [&](const auto& self, const Words& command) -> void {
    const std::string help = help_of(command);
    const Words below = listed_in(help);
    if (!below.empty()) {
      for (const std::string& name : below) {
        Words longer = command;
        longer.push_back(name);
        self(self, longer);
      }
      return;
    }
    const std::string page = joined(command, "-") + ".md";
    const std::string name = "newbie " + joined(command, " ");
    expect_page("reference/" + page, fmt::format("# {}\n\n```text\n{}```\n", name, help));
    std::string sentence = help.substr(0, help.find("\n\n"));
    std::ranges::replace(sentence, '\n', ' ');
    list += fmt::format("| [`{}`]({}) | {} |\n", name, page, sentence);
    pages.insert(page);
  };
  visit(visit, {});
  EXPECT_GT(pages.size(), 30u) << "the program's help was not understood";
  expect_page("reference/commands.md", list);
}

}  // namespace
}  // namespace newbie::test
