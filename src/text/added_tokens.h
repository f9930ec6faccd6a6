#pragma once
/// Tokens that are cut out of the text before anything else looks at it.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "text/aligned_text.h"
#include "text/trie.h"

namespace newbie::text {

/// One entry of `added_tokens` in tokenizer.json, with its field names.
struct AddedToken {
  int32_t id = 0;
  std::string content;
  bool special = false;      ///< left out by decode()
  bool normalized = false;   ///< looked for after normalisation instead of before
  bool single_word = false;  ///< only where no word character touches it
  bool lstrip = false;       ///< swallows the white space before it
  bool rstrip = false;       ///< and after it
};

/// Cuts a text at added tokens: at each place the longest one wins, and the leftmost place first.
class AddedTokenMatcher {
 public:
  AddedTokenMatcher() = default;
  explicit AddedTokenMatcher(std::vector<AddedToken> tokens);

  /// A part of the text: an added token (index into tokens()), or ordinary text (-1).
  struct Part {
    TextSpan range;
    int32_t token = -1;
  };
  std::vector<Part> split(const std::string& text) const;

  const AddedToken& token(int32_t index) const { return tokens_[static_cast<size_t>(index)]; }

 private:
  Part longest_at(std::string_view text, size_t offset) const;

  std::vector<AddedToken> tokens_;
  Trie trie_;
  std::array<bool, 256> starts_{};  ///< first bytes of the tokens
};

}  // namespace newbie::text
