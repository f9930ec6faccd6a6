#pragma once
/// From bytes to tokens: which tokens belong to whom, what they weigh, and what is out of reach.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/text_span.h"
#include "prompt/compile.h"

namespace newbie::prompt {

struct Token {
  int64_t id = 0;
  TextSpan span;  ///< bytes of the text it stands for; empty for markers such as BOS
};

/// What the language asks of a tokenizer. Tokens come in order, markers included, as the encoder
/// gets them.
struct TokenizerView {
  virtual ~TokenizerView() = default;
  virtual std::vector<Token> encode(std::string_view text) const = 0;
};

/// Half-open range of token indices.
struct TokenRange {
  size_t begin = 0;
  size_t end = 0;
  size_t size() const { return end - begin; }
  bool operator==(const TokenRange&) const = default;
};

struct TokenLimits {
  size_t trained = 512;     ///< training never saw more
  size_t positions = 1024;  ///< the position table ends here
};

/// An element that reaches beyond a limit.
struct BeyondLimit {
  std::string path;       ///< "general_tags.quality"
  size_t tokens = 0;      ///< of it beyond the limit
  bool entirely = false;  ///< nothing of it is inside
};

struct TokenMap {
  std::vector<Token> tokens;
  TokenRange system;                        ///< tokens of the system prompt
  std::vector<TokenRange> spans;            ///< tokens that touch CompiledText::spans[i]
  std::vector<double> weights;              ///< per token: mean over its bytes
  std::vector<BeyondLimit> beyond_trained;  ///< elements, in order
  std::vector<BeyondLimit> beyond_positions;
  size_t count() const { return tokens.size(); }
};

enum class Encoder { gemma, jina };

/// Tokenizes the text one encoder reads and maps everything onto its tokens.
/// Cost: the tokenizer's, plus linear in tokens and spans.
TokenMap map_tokens(const CompiledText& compiled, Encoder encoder, const TokenizerView& tokenizer,
                    TokenLimits limits = {});

}  // namespace newbie::prompt
