#pragma once
/// The two halves of tokenizer.json: long lists as plain vectors, the rest as a document.

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace newbie::text {

struct TokenizerJson {
  nlohmann::json rest;                                 ///< without model.vocab and model.merges
  std::vector<std::pair<std::string, int64_t>> ids;    ///< model.vocab written as an object
  std::vector<std::pair<std::string, double>> scores;  ///< model.vocab written as a list
  std::vector<std::pair<std::string, std::string>> merges;
};

/// Errors: `tokenizer.malformed`.
TokenizerJson parse_tokenizer_json(std::string_view text);

}  // namespace newbie::text
