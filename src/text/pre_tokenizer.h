#pragma once
/// Cutting normalised text into words, the units that a vocabulary is applied to.

#include <string>
#include <variant>
#include <vector>

#include "text/aligned_text.h"

namespace newbie::text {

/// Cuts at white space and drops it.
struct WhitespaceSplit {};

/// Spaces become `mark`, a word gets one in front, and words are cut before each mark.
struct Metaspace {
  enum class PrependTo { every_word, first_word, none };
  std::string mark;
  PrependTo prepend = PrependTo::every_word;
  bool split = true;
};

/// Cuts at every occurrence of `pattern`.
struct SplitAt {
  enum class Keep { nothing, alone, with_previous, with_next };
  std::string pattern;
  Keep keep = Keep::alone;
};

using PreTokenizerStep = std::variant<WhitespaceSplit, Metaspace, SplitAt>;

/// A text and its words, in order; none is empty.
struct Words {
  AlignedText text;
  std::vector<TextSpan> ranges;
};

/// Runs the steps in order; without any, the whole text is one word.
Words pre_tokenize(const std::vector<PreTokenizerStep>& steps, AlignedText text);

}  // namespace newbie::text
