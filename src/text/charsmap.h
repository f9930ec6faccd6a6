#pragma once
/// SentencePiece's compiled normalisation rules ("precompiled_charsmap").

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "text/aligned_text.h"

namespace newbie::text {

/// A double-array trie from character sequences to replacement strings. The bytes are untrusted:
/// every step checks its bounds, and a walk is never longer than the text it reads. Source: the
/// layout of SentencePiece (u32 trie size, darts-clone units, NUL-separated strings) and the
/// matching rule of the Rust tokenizers library, which is the reference for ids: a grapheme cluster
/// of fewer than six bytes is replaced as a whole by its shortest rule, any other one character by
/// character. SentencePiece itself takes the longest rule at each place; the two differ for few
/// inputs (a decomposed voiced kana is six bytes long, so it is not composed here).
class Charsmap {
 public:
  /// Errors: `tokenizer.malformed`.
  explicit Charsmap(std::string_view bytes);

  /// What the constructor was given.
  std::string bytes() const;

  AlignedText normalize(const AlignedText& in) const;

  /// The replacement of the shortest rule that is a prefix of `characters`, if any.
  std::optional<std::string_view> replacement(std::string_view characters) const;

 private:
  std::vector<uint32_t> units_;
  std::string strings_;
};

}  // namespace newbie::text
