#pragma once
/// From the lossless tree to the meaning: names resolved, wrappers unwrapped, weights bound.

#include "prompt/prompt.h"
#include "prompt/tree.h"

namespace newbie::prompt {

/// Appends the issues that only the meaning shows (a weight without target, a bad number) to the
/// tree.
Prompt lower(SyntaxTree& tree);

/// Four numbers 0..1000 with x1 < x2 and y1 < y2, separated by commas; nothing else.
std::optional<Box> parse_box(std::string_view text);

}  // namespace newbie::prompt
