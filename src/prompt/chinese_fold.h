#pragma once
/// The part of Unicode's NFKC that Chinese and Japanese keyboards make necessary: full-width forms.

#include <string>
#include <string_view>
#include <vector>

namespace newbie::prompt {

/// A text after folding, and where each of its bytes came from.
struct FoldedText {
  std::string text;
  std::vector<size_t> offsets;  ///< source offset of byte i, with one more entry for the end
};

/// Full-width ASCII (U+FF01..FF5E) and signs to their narrow forms, the ideographic blank to a
/// blank. Everything else, invalid bytes included, stays. Cost: linear.
FoldedText fold_width_with_offsets(std::string_view text);
std::string fold_width(std::string_view text);

}  // namespace newbie::prompt
