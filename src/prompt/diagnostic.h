#pragma once
/// Findings as data. Rendering is in render.h.

#include <string>
#include <string_view>
#include <vector>

#include "base/text_span.h"

namespace newbie::prompt {

enum class Severity { info, warning, error };

std::string_view to_string(Severity severity);

/// Replace `span` of the source by `replacement`; an empty span inserts.
struct TextEdit {
  TextSpan span;
  std::string replacement;
  bool operator==(const TextEdit&) const = default;
};

/// One way to mend a finding. Edits do not overlap and ascend.
struct Fix {
  std::string description;  ///< imperative: "close `<appearance>` at the end of its line"
  bool safe = false;        ///< keeps the meaning the author had; applied without asking
  std::vector<TextEdit> edits;
};

struct Related {
  TextSpan span;
  std::string message;
};

/// `rule` is an id of rules.h. Spans are in the source.
struct Diagnostic {
  std::string_view rule;  ///< "X001"
  Severity severity = Severity::warning;
  std::string message;
  TextSpan span;
  std::vector<Related> related;
  std::vector<Fix> fixes;  ///< the first is the one `fix` applies
};

bool has_errors(const std::vector<Diagnostic>& diagnostics);

}  // namespace newbie::prompt
