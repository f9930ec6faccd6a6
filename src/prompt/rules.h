#pragma once
/// The 42 findings as a described table: reference page, `--explain` and severities come from it.

#include <span>
#include <string_view>

#include "prompt/diagnostic.h"

namespace newbie::prompt {

/// What autofix does about a finding.
enum class FixKind {
  none,    ///< nothing: only the author knows
  safe,    ///< applied by `fix`
  unsafe,  ///< applied by `fix --all`
};

/// One rule as it is documented.
struct Rule {
  std::string_view id;  ///< "X001"
  Severity severity;
  std::string_view title;        ///< a few words, lower case
  std::string_view explanation;  ///< why it matters, a few sentences
  std::string_view example;      ///< a prompt in which it fires; "" when it needs context
  FixKind fix;
  std::string_view fix_note;  ///< what the fix does, "" when there is none
};

/// In order of id.
std::span<const Rule> rules();
/// nullptr when there is no such rule; letter case does not matter.
const Rule* find_rule_by_id(std::string_view id);

}  // namespace newbie::prompt
