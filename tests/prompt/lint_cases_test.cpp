/// Every rule: a case in which it fires, with message, place and mended text, and one in which it
/// must not.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "case_file.h"
#include "prompt/fix.h"
#include "prompt/rules.h"

namespace newbie::prompt {
namespace {

using testing::Case;
using testing::CaseContext;

std::string case_path(std::string_view rule) {
  return std::string(NEWBIE_PROMPT_CASES) + "/lint/" + std::string(rule) + ".txt";
}

std::vector<Diagnostic> of_rule(std::vector<Diagnostic> all, std::string_view rule) {
  std::erase_if(all, [&](const Diagnostic& diagnostic) { return diagnostic.rule != rule; });
  return all;
}

class LintCases : public ::testing::TestWithParam<std::string_view> {};

TEST_P(LintCases, fire_and_stay_silent_as_written) {
  const std::string_view rule = GetParam();
  const std::vector<Case> cases = testing::read_cases(case_path(rule));
  EXPECT_TRUE(std::ranges::any_of(cases, [](const Case& one) { return one.fires; })) << rule;
  EXPECT_TRUE(std::ranges::any_of(cases, [](const Case& one) { return !one.fires; })) << rule;
  for (const Case& one : cases) {
    SCOPED_TRACE(std::string(rule) + ": " + one.title);
    const CaseContext context(one);
    const Parsed parsed = parse(one.prompt, context.parse);
    std::vector<std::string> found;
    for (const Diagnostic& diagnostic : of_rule(check(parsed, context.lint), rule)) {
      EXPECT_EQ(diagnostic.severity, find_rule_by_id(rule)->severity);
      found.push_back(testing::describe(diagnostic, parsed.source()));
    }
    EXPECT_EQ(found, one.findings);
    EXPECT_EQ(found.empty(), !one.fires);
  }
}

TEST_P(LintCases, fixes_leave_nothing_of_the_finding_and_change_nothing_twice) {
  const std::string_view rule = GetParam();
  for (const Case& one : testing::read_cases(case_path(rule))) {
    if (!one.has_fixed) continue;
    SCOPED_TRACE(std::string(rule) + ": " + one.title);
    const CaseContext context(one);
    const FixOptions only{FixLevel::all, {std::string(rule)}};
    const FixResult fixed = fix(one.prompt, context.parse, context.lint, only);
    EXPECT_EQ(fixed.text, one.fixed);
    EXPECT_FALSE(fixed.applied.empty());
    EXPECT_TRUE(of_rule(fixed.remaining, rule).empty());
    EXPECT_EQ(fix(fixed.text, context.parse, context.lint, only).text, fixed.text);
  }
}

// A rule whose table row promises a fix shows one in its cases, and the other way round.
TEST_P(LintCases, show_a_fix_when_the_table_promises_one) {
  const std::string_view rule = GetParam();
  const std::vector<Case> cases = testing::read_cases(case_path(rule));
  const bool shown = std::ranges::any_of(cases, [](const Case& one) { return one.has_fixed; });
  EXPECT_EQ(shown, find_rule_by_id(rule)->fix != FixKind::none);
}

std::vector<std::string_view> rule_ids() {
  std::vector<std::string_view> ids;
  for (const Rule& rule : rules()) ids.push_back(rule.id);
  return ids;
}

INSTANTIATE_TEST_SUITE_P(EveryRule, LintCases, ::testing::ValuesIn(rule_ids()),
                         [](const auto& param) { return std::string(param.param); });

}  // namespace
}  // namespace newbie::prompt
