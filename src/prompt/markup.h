#pragma once
/// First pass over XML or plain text: where the tags, comments and controls are.

#include <optional>
#include <string_view>
#include <vector>

#include "prompt/parse.h"
#include "prompt/scan.h"
#include "prompt/tree.h"

namespace newbie::prompt {

/// In plain text (tag lists, natural language) only comments and controls are markup.
enum class Dialect { xml, plain };

struct MarkupToken {
  NodeKind kind;  ///< text, open_tag, close_tag, comment, weight_comment, control, declaration,
                  ///< doctype, skipped
  TextSpan span;
  std::optional<ScannedTag> tag;  ///< of open_tag and close_tag
};

/// Tokens tile `span`. Issues found on the way (doctype, unterminated, too many elements) go to
/// `issues`.
std::vector<MarkupToken> scan_markup(std::string_view text, TextSpan span, Dialect dialect,
                                     const Limits& limits, std::vector<Issue>& issues);

/// What the body of a comment says about weight.
struct WeightComment {
  bool is_weight = false;
  std::optional<double> weight;  ///< nothing when it is not a number
  TextSpan number;
};

/// Reads `<!-- weight:0.6 -->` at `span`.
WeightComment read_weight_comment(std::string_view text, TextSpan span);

}  // namespace newbie::prompt
