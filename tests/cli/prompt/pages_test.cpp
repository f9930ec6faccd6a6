/// The reference pages of the language are the program's own tables, and every command shown in the
/// guide prints what the guide shows. NEWBIE_UPDATE=1 writes them anew; read the difference.

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <filesystem>

#include "base/file.h"
#include "newbie_program.h"
#include "prompt/rules.h"
#include "prompt/schema.h"
#include "support/page.h"

namespace newbie::test {
namespace {

namespace fs = std::filesystem;
using newbie::prompt::FixKind;
using newbie::prompt::Rule;

const fs::path kDocs = fs::path(NEWBIE_SOURCE_DIR) / "docs";

std::string without_pipes(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string fix_text(const Rule& rule) {
  if (rule.fix == FixKind::none) return "–";
  return fmt::format("{}: {}", rule.fix == FixKind::safe ? "`fix`" : "`fix --all`", rule.fix_note);
}

TEST(Pages, Rules) {
  ASSERT_EQ(newbie::prompt::rules().size(), 42u);
  std::string page =
      "# The rules of `newbie prompt check`\n\n"
      "Written from the rule table of the program. `newbie prompt rules X017` explains one on the "
      "terminal;\n[common mistakes](../guide/prompt-mistakes.md) shows many of them at work.\n\n"
      "| rule | severity | finding | autofix |\n| --- | --- | --- | --- |\n";
  for (const Rule& rule : newbie::prompt::rules()) {
    std::string anchor(rule.id);
    std::ranges::transform(anchor, anchor.begin(), [](char c) { return c == 'X' ? 'x' : c; });
    page += fmt::format("| [{}](#{}) | {} | {} | {} |\n", rule.id, anchor, to_string(rule.severity),
                        without_pipes(rule.title), without_pipes(fix_text(rule)));
  }
  for (const Rule& rule : newbie::prompt::rules()) {
    page += fmt::format("\n## {}\n\n{}, {}. {}\n", rule.id, to_string(rule.severity), rule.title,
                        rule.explanation);
    if (!rule.example.empty()) page += fmt::format("\n```xml\n{}\n```\n", rule.example);
  }
  expect_page("reference/prompt-lints.md", page);
}

TEST(Pages, Elements) {
  std::string page =
      "# The elements of a prompt\n\n"
      "Written from the vocabulary table of the program, in canonical order.\n\n"
      "| element | where | also written | meaning | example |\n| --- | --- | --- | --- | --- |\n";
  for (const auto& rule : newbie::prompt::schema()) {
    const char* place = "";
    switch (rule.place) {
      case newbie::prompt::Place::top:
        place = "top";
        break;
      case newbie::prompt::Place::character:
        place = "character";
        break;
      case newbie::prompt::Place::general:
        place = "general_tags";
        break;
      case newbie::prompt::Place::negative:
        place = "negative prompt";
        break;
      case newbie::prompt::Place::wrapper:
        place = "root, removed";
        break;
    }
    page += fmt::format("| `{}` | {} | {} | {} | {} |\n", rule.name, place, rule.aliases,
                        without_pipes(rule.meaning), without_pipes(rule.example));
  }
  expect_page("reference/prompt-elements.md", page);
}

/// Runs every `$ ` line of the ```console blocks and puts what it printed below it.
std::string with_real_outputs(const std::string& page) {
  std::string out;
  bool console = false;
  std::string commands;
  const fs::path program = NEWBIE_PROGRAM;
  const TemporaryFolder scratch;  // the guide's own files
  for (const char* folder : {"assets", "tests", "weights"}) {
    fs::create_directory_symlink(fs::path(NEWBIE_SOURCE_DIR) / folder, scratch.path() / folder);
  }
  for (size_t at = 0; at < page.size();) {
    const size_t end = std::min(page.find('\n', at), page.size() - 1) + 1;
    const std::string line = page.substr(at, end - at);
    at = end;
    if (line == "```console\n") {
      console = true;
    } else if (console && line == "```\n") {
      console = false;
    }
    if (console && line.starts_with("$ ")) {
      const std::string script = "cd '" + scratch.path().string() + "'; export PATH='" +
                                 program.parent_path().string() + "':$PATH; { " +
                                 line.substr(2, line.size() - 3) + " ; } 2>&1";
      out += line + run_program({"bash", "-c", script}).out;
      if (!out.ends_with('\n')) out += '\n';
    } else if (!console || line == "```console\n") {
      out += line;
    }
  }
  return out;
}

TEST(Pages, TheGuideShowsRealOutput) {
  expect_page("guide/prompts.md", with_real_outputs(read_file(kDocs / "guide" / "prompts.md")));
}

}  // namespace
}  // namespace newbie::test
