#pragma once
/// JSON through nlohmann/json, with limits for untrusted input. Heavy: include from .cpp files
/// only; headers that merely name Json include <nlohmann/json_fwd.hpp>.

#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.h"
#include "base/result.h"

namespace newbie {

/// Keys keep their order: what we write reads in the order it was described.
using Json = nlohmann::ordered_json;

struct JsonLimits {
  size_t bytes = size_t{64} << 20;
  size_t depth = 64;
};

/// Parses UTF-8 JSON. Errors: `json.too_large`, `json.too_deep`, `json.duplicate_key`,
/// `json.syntax` (with line and column). `what` names the text in messages ("config.json").
Result<Json> parse_json(std::string_view text, std::string_view what, JsonLimits limits = {});

}  // namespace newbie
