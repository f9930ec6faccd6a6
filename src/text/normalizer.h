#pragma once
/// Rewriting text before it is split: the steps that tokenizer files name.

#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "text/aligned_text.h"
#include "text/charsmap.h"

namespace newbie::text {

/// Every occurrence of `pattern` becomes `content`.
struct Replace {
  std::string pattern;
  std::string content;
};

/// Every run of two or more spaces becomes `content`.
struct ReplaceSpaceRuns {
  std::string content;
};

/// Drops white space at the ends.
struct Strip {
  bool left = true;
  bool right = true;
};

/// Puts `content` in front of a non-empty text.
struct Prepend {
  std::string content;
};

using NormalizerStep = std::variant<Replace, ReplaceSpaceRuns, Strip, Prepend, Charsmap>;

/// Runs the steps in order.
AlignedText normalize(const std::vector<NormalizerStep>& steps, AlignedText text);

}  // namespace newbie::text
