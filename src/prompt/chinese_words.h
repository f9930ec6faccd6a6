#pragma once
/// The longest known Chinese word at a place: a row of the table, or colours before a noun.

#include <string>
#include <string_view>
#include <vector>

namespace newbie::prompt {

/// A word that begins a text.
struct ChineseWord {
  size_t length = 0;  ///< bytes
  std::string tags;
  bool by_rule = false;
};

/// Every known word that `text` begins with, the longest first, the table before the rule. `text`
/// is folded (fold_width, lower case).
std::vector<ChineseWord> words_at(std::string_view text);

}  // namespace newbie::prompt
