#include "base/json.h"

#include <fmt/format.h>

#include <set>
#include <vector>

#include "base/text_span.h"

namespace newbie {
namespace {

/// Refuses what nlohmann accepts and we do not: deep nesting and repeated keys. Nesting is checked
/// here, before the document is built, because the builder recurses when it is destroyed.
std::optional<Error> check_structure(std::string_view text, std::string_view what,
                                     size_t max_depth) {
  struct Guard : nlohmann::json_sax<nlohmann::json> {
    size_t depth = 0, max_depth = 0;
    bool too_deep = false;
    std::string duplicate;
    size_t error_offset = 0;
    std::string error_text;
    std::vector<std::set<std::string>> keys;

    bool null() override { return true; }
    bool boolean(bool) override { return true; }
    bool number_integer(number_integer_t) override { return true; }
    bool number_unsigned(number_unsigned_t) override { return true; }
    bool number_float(number_float_t, const string_t&) override { return true; }
    bool string(string_t&) override { return true; }
    bool binary(binary_t&) override { return true; }
    bool enter() { return too_deep = ++depth > max_depth, !too_deep; }
    bool start_object(std::size_t) override { return keys.emplace_back(), enter(); }
    bool end_object() override { return keys.pop_back(), --depth, true; }
    bool start_array(std::size_t) override { return enter(); }
    bool end_array() override { return --depth, true; }
    bool key(string_t& name) override {
      if (keys.back().insert(name).second) return true;
      duplicate = name;
      return false;
    }
    bool parse_error(std::size_t at, const std::string&,
                     const nlohmann::detail::exception& e) override {
      error_offset = at;
      error_text = e.what();
      return false;
    }
  } guard;
  guard.max_depth = max_depth;
  if (nlohmann::json::sax_parse(text.begin(), text.end(), &guard)) return std::nullopt;
  if (guard.too_deep) {
    return Error("json.too_deep",
                 fmt::format("{} is nested deeper than {} levels", what, max_depth));
  }
  if (!guard.duplicate.empty() || guard.error_text.empty()) {
    return Error("json.duplicate_key",
                 fmt::format("{} has the key \"{:.80}\" twice", what, guard.duplicate));
  }
  const LineColumn at = LineMap(text).locate(guard.error_offset ? guard.error_offset - 1 : 0);
  std::string reason = guard.error_text;
  if (const size_t cut = reason.find(": "); cut != std::string::npos) reason.erase(0, cut + 2);
  return Error("json.syntax", fmt::format("{} is not valid JSON at line {}, column {}: {:.200}",
                                          what, at.line, at.column, reason));
}

}  // namespace

Result<Json> parse_json(std::string_view text, std::string_view what, JsonLimits limits) {
  if (text.size() > limits.bytes) {
    return Error("json.too_large", fmt::format("{} has {} bytes of JSON, more than the {} allowed",
                                               what, text.size(), limits.bytes));
  }
  if (auto error = check_structure(text, what, limits.depth)) return *std::move(error);
  return Json::parse(text.begin(), text.end());
}

}  // namespace newbie
