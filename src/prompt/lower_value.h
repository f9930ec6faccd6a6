#pragma once
/// The meaning of a value: its items with their weights.

#include <optional>
#include <vector>

#include "prompt/prompt.h"
#include "prompt/tree.h"

namespace newbie::prompt {

/// A weight comment that still looks for what it weighs.
struct PendingWeight {
  double weight = 1;
  std::optional<TextSpan> comment;

  /// Takes the weight for a target that was found.
  double take() {
    const double taken = comment ? weight : 1;
    *this = {};
    return taken;
  }
};

enum class Blanks { collapse, keep };

/// Appends the items of a value node. Prose becomes one item, whatever comments split it.
void lower_value(SyntaxTree& tree, NodeId value, bool prose, Blanks blanks, PendingWeight& pending,
                 std::vector<Item>& items);

/// Adds a weight comment to what is pending.
void read_weight(SyntaxTree& tree, NodeId comment, PendingWeight& pending);

}  // namespace newbie::prompt
