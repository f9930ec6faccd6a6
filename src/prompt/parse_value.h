#pragma once
/// The inside of a leaf element: items, separators, groups, entities.

#include <span>

#include "prompt/markup.h"
#include "prompt/tree.h"

namespace newbie::prompt {

enum class ValueMode { tags, prose };

/// Adds a value node for a run of text, comment and control tokens under `parent`.
NodeId add_value(SyntaxTree& tree, NodeId parent, std::span<const MarkupToken> run, ValueMode mode,
                 Dialect dialect, const Limits& limits);

/// The `:number` before a closing bracket at `close`, blanks included; nothing when there is none.
struct WeightTail {
  TextSpan span;  ///< from `:` to before the bracket
  TextSpan number;
  std::optional<double> weight;  ///< nothing when it only looks like a number
};
std::optional<WeightTail> read_weight_tail(std::string_view text, size_t open_end, size_t close);

}  // namespace newbie::prompt
