#pragma once
/// One encoder's text, cut into stretches of one owner, and printed.

#include <optional>
#include <string>
#include <vector>

#include "cli/prompt_json.h"
#include "prompt/compile.h"
#include "prompt/tokens.h"

namespace newbie::cli {

/// A stretch of the text with one owner.
struct OwnedStretch {
  TextSpan span;      ///< in the encoder's text
  std::string owner;  ///< "system", "character_1.appearance[0]", "-" for marks between elements
  double weight = 1;
};

/// What one encoder reads.
class EncoderText {
 public:
  /// `tokenizer` may be nullptr: then there are no tokens.
  EncoderText(const prompt::CompiledText& compiled, prompt::Encoder encoder,
              const prompt::TokenizerView* tokenizer);

  /// Every byte of the text in order. Cost: linear in text and spans.
  std::vector<OwnedStretch> stretches() const;
  /// The path of the deepest part that holds most bytes of a token: "character_1.appearance[0]",
  /// "system", "-". Parts win over what stands between them.
  std::string owner_of(TextSpan token) const;
  Json json() const;

  std::string_view text;
  std::optional<prompt::TokenMap> tokens;

 private:
  const prompt::CompiledText& compiled_;
  size_t caption_offset_;
  std::vector<size_t> owners_;  ///< per byte of the caption: the deepest of its spans
};

/// One line per stretch: range of tokens (or bytes), weight, owner, pieces.
std::string owner_rows(const EncoderText& text);
/// One line per token.
std::string token_rows(const EncoderText& text);

}  // namespace newbie::cli
