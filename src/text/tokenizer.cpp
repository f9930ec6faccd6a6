#include "text/tokenizer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.h"

namespace newbie::text {

std::vector<Token> Tokenizer::encode_with_specials(std::string_view text,
                                                   std::optional<size_t> max_length) const {
  const auto prefix = prefix_ids();
  const auto suffix = suffix_ids();
  const size_t framing = prefix.size() + suffix.size();
  if (max_length && *max_length < framing) {
    throw Error("tokenizer.max_length",
                fmt::format("a sequence of at most {} tokens has no room for the {} special tokens",
                            *max_length, framing));
  }
  std::vector<Token> tokens = encode(text);
  if (max_length) tokens.resize(std::min(tokens.size(), *max_length - framing));
  std::vector<Token> out;
  out.reserve(tokens.size() + framing);
  for (const int32_t id : prefix) out.push_back({id, {0, 0}});
  out.insert(out.end(), tokens.begin(), tokens.end());
  for (const int32_t id : suffix) out.push_back({id, {text.size(), text.size()}});
  return out;
}

std::vector<int32_t> ids_of(std::span<const Token> tokens) {
  std::vector<int32_t> ids;
  ids.reserve(tokens.size());
  for (const Token& token : tokens) ids.push_back(token.id);
  return ids;
}

}  // namespace newbie::text
