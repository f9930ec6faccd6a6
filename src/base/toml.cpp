#include "base/toml.h"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <sstream>

namespace newbie {
namespace {

Json json_of(const toml::node& node) {
  if (const toml::table* table = node.as_table()) {
    Json out = Json::object();
    for (const auto& [key, value] : *table) out[std::string(key.str())] = json_of(value);
    return out;
  }
  if (const toml::array* array = node.as_array()) {
    Json out = Json::array();
    for (const toml::node& value : *array) out.push_back(json_of(value));
    return out;
  }
  if (const auto* text = node.as_string()) return Json(text->get());
  if (const auto* truth = node.as_boolean()) return Json(truth->get());
  if (const auto* number = node.as_floating_point()) return Json(number->get());
  if (const auto* whole = node.as_integer()) {
    // A number from 0 is an unsigned one, as in parsed JSON.
    const int64_t value = whole->get();
    return value < 0 ? Json(value) : Json(static_cast<uint64_t>(value));
  }
  std::ostringstream moment;
  node.visit([&](const auto& value) {
    if constexpr (toml::is_chronological<decltype(value)>) moment << value.get();
  });
  return Json(moment.str());
}

}  // namespace

Result<Json> parse_toml(std::string_view text, std::string_view what, size_t limit) {
  if (text.size() > limit) {
    return Error("toml.too_large",
                 fmt::format("{} has {} bytes, expected at most {}", what, text.size(), limit));
  }
  try {
    return json_of(toml::parse(text, what));
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    return Error("toml.syntax",
                 fmt::format("{}:{}:{}: {}", what, at.line, at.column, error.description()));
  }
}

int line_of_key(std::string_view text, std::string_view key) {
  try {
    const toml::table document = toml::parse(text);
    for (const auto& [found, value] : document) {
      if (found.str() == key) return static_cast<int>(found.source().begin.line);
    }
  } catch (const toml::parse_error&) {
    // Whoever reads the values says so.
  }
  return 0;
}

}  // namespace newbie
