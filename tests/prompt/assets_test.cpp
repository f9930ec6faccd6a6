/// The templates and mistakes of assets/ stay true: every template is clean and canonical, every
/// mistake says what its file says, every mended prompt is clean. NEWBIE_UPDATE=1 writes the
/// generated sections and docs/guide/prompt-mistakes.md.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/file.h"
#include "base/text_span.h"
#include "prompt/canonical.h"
#include "prompt/chinese.h"
#include "prompt/expand.h"
#include "prompt/fix.h"
#include "prompt/lint.h"
#include "prompt/print.h"
#include "prompt/render.h"
#include "prompt/tag_table.h"
#include "prompt/template.h"
#include "prompt/template_library.h"

namespace newbie::prompt {
namespace {

namespace fs = std::filesystem;
using ::testing::Not;

const fs::path kSource = NEWBIE_SOURCE_DIR;

bool updating() { return std::getenv("NEWBIE_UPDATE") != nullptr; }

LintOptions lint_options() {
  LintOptions options;
  options.tags = &tag_table();
  options.chinese = &chinese_table();
  return options;
}

bool is_clean(const std::vector<Diagnostic>& findings) {
  return std::ranges::all_of(findings, [](const auto& d) { return d.severity == Severity::info; });
}

std::string says(std::string_view text, const std::vector<Diagnostic>& findings) {
  const LineMap lines(text);
  std::string out;
  for (const Diagnostic& finding : findings) {
    const LineColumn place = lines.locate(finding.span.begin);
    out += fmt::format("{}:{} {} {} {}\n", place.line, place.column, to_string(finding.severity),
                       finding.rule, finding.message);
  }
  return out;
}

/// Every prompt a template stands for, with its defaults.
std::vector<std::string> filled(const LibraryTemplate& entry) {
  std::vector<std::string> texts;
  for (SweepPrompt& one : Sweep(PromptTemplate(entry.text).fill({})).matrix()) {
    texts.push_back(std::move(one.text));
  }
  return texts;
}

TEST(Templates, HaveAOneLinePurposeEach) {
  EXPECT_GE(template_library().size(), 16u);
  for (const LibraryTemplate& entry : template_library()) {
    EXPECT_FALSE(entry.purpose.empty()) << entry.name;
    EXPECT_EQ(entry.purpose.find('\n'), entry.purpose.npos) << entry.name;
  }
}

TEST(Templates, AreClean) {
  for (const LibraryTemplate& entry : template_library()) {
    for (const std::string& text : filled(entry)) {
      const Parsed parsed = parse(text);
      EXPECT_EQ(parsed.kind(), InputKind::xml) << entry.name;
      const std::vector<Diagnostic> findings = check(parsed, lint_options());
      EXPECT_TRUE(is_clean(findings)) << entry.name << "\n" << says(text, findings);
    }
  }
}

TEST(Templates, AreCanonical) {
  for (const LibraryTemplate& entry : template_library()) {
    const std::string text = filled(entry).front();
    const std::string body = text.substr(text.find("-->\n") + 4);
    EXPECT_EQ(print(canonicalize(parse(text).prompt, &tag_table())) + "\n", body) << entry.name;
  }
}

TEST(Templates, ChineseWordsAreAllKnown) {
  LintOptions options = lint_options();
  options.zh_tags = ZhTags::translate;
  const std::string text(library_template("zh_rain_words").text);
  const FixResult result = fix(text, {}, options);
  EXPECT_FALSE(result.applied.empty());
  for (const Diagnostic& finding : result.remaining) {
    EXPECT_NE(finding.rule, "X034") << says(result.text, result.remaining);
    EXPECT_NE(finding.rule, "X035") << says(result.text, result.remaining);
  }
}

TEST(Templates, CoverOneToFourCharactersAndThreeLanguages) {
  std::array<int, 5> by_characters{};
  for (const LibraryTemplate& entry : template_library()) {
    const size_t count = parse(filled(entry).front()).prompt.characters().size();
    ASSERT_LT(count, by_characters.size()) << entry.name;
    ++by_characters[count];
  }
  for (int count : by_characters) EXPECT_GE(count, 1);
}

/// One .case file.
struct MistakeCase {
  fs::path path;
  std::string title, reason, given, wrong, said, by, mended;

  /// The value of a "name: value" line of the given section.
  std::string fact(std::string_view name) const {
    const std::string key = std::string(name) + ": ";
    size_t at = given.starts_with(key) ? 0 : given.find("\n" + key);
    if (at == given.npos) return "";
    at = given.find(": ", at) + 2;
    return given.substr(at, given.find('\n', at) - at);
  }

  std::string text() const {
    std::string out = fmt::format("# {}\n{}\n", title, reason);
    if (!given.empty()) out += "== given\n" + given;
    return out + fmt::format("== wrong\n{}== says\n{}== mended by {}\n{}", wrong, said, by, mended);
  }
};

MistakeCase read_case(const fs::path& path) {
  MistakeCase mistake;
  mistake.path = path;
  std::string* section = nullptr;
  std::string ignored;
  const std::string text = read_file(path);
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    const std::string line = text.substr(at, end - at);
    at = end;
    if (line.starts_with("# ") && !section) {
      mistake.title = line.substr(2, line.size() - 3);
    } else if (line == "== given\n") {
      section = &mistake.given;
    } else if (line == "== wrong\n") {
      section = &mistake.wrong;
    } else if (line == "== says\n") {
      section = &mistake.said;
    } else if (line.starts_with("== mended by ")) {
      mistake.by = line.substr(13, line.size() - 14);
      section = &mistake.mended;
    } else if (section) {
      *section += line;
    } else {
      mistake.reason += line;
    }
  }
  if (mistake.reason.ends_with('\n')) mistake.reason.pop_back();
  return mistake;
}

std::vector<MistakeCase> all_cases() {
  std::vector<fs::path> paths;
  for (const auto& entry : fs::directory_iterator(kSource / "assets" / "mistakes")) {
    if (entry.path().extension() == ".case") paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<MistakeCase> cases;
  for (const fs::path& path : paths) cases.push_back(read_case(path));
  return cases;
}

/// What the check knows beside the prompt.
struct Given {
  explicit Given(const MistakeCase& mistake, std::string_view negative_fact)
      : negative(parse(mistake.fact(negative_fact))), options(lint_options()) {
    if (!mistake.fact(negative_fact).empty()) options.negative = &negative;
    if (!mistake.fact("size").empty()) {
      options.image_size = {std::atoi(mistake.fact("size").c_str()),
                            std::atoi(mistake.fact("size").substr(5).c_str())};
    }
    if (mistake.fact("zh-tags") == "translate") options.zh_tags = ZhTags::translate;
  }
  Given(const Given&) = delete;
  Given& operator=(const Given&) = delete;

  Parsed negative;
  LintOptions options;
};

std::string mended_by_tool(const MistakeCase& mistake, const Given& given) {
  if (mistake.by == "hand") return mistake.mended;
  FixOptions options;
  options.level = mistake.by == "fix --all" ? FixLevel::all : FixLevel::safe;
  return fix(mistake.wrong, {}, given.options, options).text;
}

TEST(Mistakes, SayWhatTheToolSays) {
  const std::vector<MistakeCase> cases = all_cases();
  EXPECT_GE(cases.size(), 20u);
  for (MistakeCase mistake : cases) {
    const Given given(mistake, "negative");
    const std::string said = says(mistake.wrong, check(parse(mistake.wrong), given.options));
    EXPECT_FALSE(said.empty()) << mistake.path << " is no mistake";
    if (updating()) {
      mistake.said = said;
      mistake.mended = mended_by_tool(mistake, given);
      write_file(mistake.path, mistake.text());
    }
    EXPECT_EQ(mistake.said, said) << mistake.path;
    EXPECT_EQ(mistake.text(), read_file(mistake.path)) << "sections in their order";
  }
}

TEST(Mistakes, AreMendedAsTheySay) {
  for (const MistakeCase& mistake : all_cases()) {
    EXPECT_THAT(mistake.by, testing::AnyOf("fix", "fix --all", "hand")) << mistake.path;
    const Given given(mistake, "negative");
    EXPECT_EQ(mistake.mended, mended_by_tool(mistake, given)) << mistake.path;
    if (mistake.fact("mended negative").empty()) {
      EXPECT_NE(mistake.mended, mistake.wrong) << mistake.path;
    }
  }
}

TEST(Mistakes, MendedPromptsAreClean) {
  for (const MistakeCase& mistake : all_cases()) {
    const Given given(mistake,
                      mistake.fact("mended negative").empty() ? "negative" : "mended negative");
    const std::vector<Diagnostic> findings = check(parse(mistake.mended), given.options);
    EXPECT_TRUE(is_clean(findings)) << mistake.path << "\n" << says(mistake.mended, findings);
  }
}

std::string page() {
  std::string out =
      "# Common mistakes\n\n"
      "What people and chat models write, what `newbie prompt check` says, and what helps. Written "
      "from\n`assets/mistakes/` by a test that also checks every line of it.\n";
  for (const MistakeCase& mistake : all_cases()) {
    out += fmt::format("\n## {}\n\n{}\n\n```xml\n{}```\n\n", mistake.title, mistake.reason,
                       mistake.wrong);
    if (!mistake.given.empty()) out += fmt::format("Given:\n\n```text\n{}```\n\n", mistake.given);
    out += fmt::format("```text\n{}```\n\n", mistake.said);
    out += mistake.by == "hand" ? "Mended by hand:\n"
                                : fmt::format("Mended by `newbie prompt {}`:\n", mistake.by);
    out += fmt::format("\n```xml\n{}```\n", mistake.mended);
  }
  return out;
}

TEST(Mistakes, ThePageShowsThemAll) {
  const fs::path path = kSource / "docs" / "guide" / "prompt-mistakes.md";
  if (updating()) write_file(path, page());
  EXPECT_EQ(read_file(path), page()) << "NEWBIE_UPDATE=1 writes it";
}

}  // namespace
}  // namespace newbie::prompt
