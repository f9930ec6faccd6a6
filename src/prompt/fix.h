#pragma once
/// Applying fixes until none is left to apply.

#include <string>
#include <string_view>
#include <vector>

#include "prompt/diagnostic.h"
#include "prompt/lint.h"
#include "prompt/parse.h"

namespace newbie::prompt {

enum class FixLevel { safe, all };

/// Which fixes may be applied.
struct FixOptions {
  FixLevel level = FixLevel::safe;
  std::vector<std::string> only;  ///< rule ids; empty: every rule
};

/// A fix that was made.
struct AppliedFix {
  std::string_view rule;
  std::string description;
};

/// The mended text, what was done, and what is left to do.
struct FixResult {
  std::string text;
  std::vector<AppliedFix> applied;    ///< in the order they were made
  std::vector<Diagnostic> remaining;  ///< of `text`
};

/// Fixes a prompt. Idempotent: fixing the result changes nothing. Bytes outside edits are kept.
FixResult fix(std::string source, const ParseOptions& parse_options = {},
              const LintOptions& lint_options = {}, const FixOptions& fix_options = {});

/// Applies edits that ascend and do not overlap.
std::string apply_edits(std::string_view source, const std::vector<TextEdit>& edits);

}  // namespace newbie::prompt
