#include "io/config.h"

#include <fmt/format.h>

#include <cmath>

#include "base/file.h"
#include "base/json.h"

namespace newbie::io {
namespace {

constexpr uint64_t kMaxConfigBytes = uint64_t{16} << 20;
constexpr int64_t kMost = std::numeric_limits<int32_t>::max();

/// The value as messages show it: short, on one line.
std::string shown(const nlohmann::ordered_json& value) {
  std::string text = value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > 60) text = text.substr(0, 57) + "...";
  return text;
}

Error wrong_type(const std::string& file, std::string_view key, const nlohmann::ordered_json& found,
                 std::string_view expected) {
  return Error("config.wrong_type",
               fmt::format("{}: \"{}\" is {}, expected {}", file, key, shown(found), expected))
      .fact("key", std::string(key))
      .fact("found", shown(found))
      .fact("expected", std::string(expected));
}

int64_t checked_integer(const std::string& file, std::string_view key,
                        const nlohmann::ordered_json& value, int64_t least) {
  // Some writers store whole numbers as 8.0.
  const bool whole = value.is_number_integer() ||
                     (value.is_number_float() && std::abs(value.get<double>()) < 1e15 &&
                      value.get<double>() == std::floor(value.get<double>()));
  if (!whole) throw wrong_type(file, key, value, "a whole number");
  const bool huge = value.is_number_unsigned() && value.get<uint64_t>() > uint64_t{kMost};
  const int64_t number = huge ? kMost : value.get<int64_t>();
  if (huge || number < least || number > kMost) {
    throw Error("config.out_of_range", fmt::format("{}: \"{}\" is {}, expected {} to {}", file, key,
                                                   shown(value), least, kMost))
        .fact("key", std::string(key))
        .fact("found", shown(value));
  }
  return number;
}

double checked_number(const std::string& file, std::string_view key,
                      const nlohmann::ordered_json& value) {
  if (!value.is_number() || !std::isfinite(value.get<double>())) {
    throw wrong_type(file, key, value, "a number");
  }
  return value.get<double>();
}

}  // namespace

Config::Config(std::shared_ptr<const Json> document, const Json* object, std::string name)
    : document_(std::move(document)), object_(object), name_(std::move(name)) {}

Config Config::open(const std::filesystem::path& path) {
  return parse(read_file(path, kMaxConfigBytes), path.string());
}

Config Config::parse(std::string_view text, std::string name) {
  auto document = std::make_shared<const Json>(parse_json(text, name).value());
  if (!document->is_object()) {
    throw Error("config.wrong_type", fmt::format("{} holds {}, expected a JSON object with the "
                                                 "model's configuration",
                                                 name, shown(*document)));
  }
  const Json* object = document.get();
  return Config(std::move(document), object, std::move(name));
}

const Config::Json* Config::find(std::string_view key) const {
  const auto found = object_->find(key);
  return found == object_->end() || found->is_null() ? nullptr : &*found;
}

const Config::Json& Config::require(std::string_view key) const {
  if (const Json* value = find(key)) return *value;
  const std::vector<std::string> known = keys();
  Error error("config.missing_key", fmt::format("{}: \"{}\" is missing", name_, key));
  const std::string near =
      did_you_mean(key, std::vector<std::string_view>(known.begin(), known.end()));
  if (!near.empty()) error.hint(fmt::format("the file has \"{}\"; did you mean that?", near));
  throw std::move(error).fact("key", std::string(key));
}

bool Config::has(std::string_view key) const { return find(key) != nullptr; }

int64_t Config::integer(std::string_view key, int64_t least) const {
  return checked_integer(name_, key, require(key), least);
}

std::optional<int64_t> Config::find_integer(std::string_view key, int64_t least) const {
  const Json* value = find(key);
  return value ? std::optional(checked_integer(name_, key, *value, least)) : std::nullopt;
}

double Config::number(std::string_view key) const {
  return checked_number(name_, key, require(key));
}

std::optional<double> Config::find_number(std::string_view key) const {
  const Json* value = find(key);
  return value ? std::optional(checked_number(name_, key, *value)) : std::nullopt;
}

std::optional<bool> Config::find_boolean(std::string_view key) const {
  const Json* value = find(key);
  if (!value) return std::nullopt;
  if (!value->is_boolean()) throw wrong_type(name_, key, *value, "true or false");
  return value->get<bool>();
}

std::string Config::string(std::string_view key) const {
  const Json& value = require(key);
  if (!value.is_string()) throw wrong_type(name_, key, value, "a string");
  return value.get<std::string>();
}

std::optional<std::string> Config::find_string(std::string_view key) const {
  return has(key) ? std::optional(string(key)) : std::nullopt;
}

std::vector<int64_t> Config::integers(std::string_view key, int64_t least) const {
  const Json& value = require(key);
  if (!value.is_array()) throw wrong_type(name_, key, value, "a list of whole numbers");
  std::vector<int64_t> numbers;
  for (const Json& item : value) numbers.push_back(checked_integer(name_, key, item, least));
  return numbers;
}

std::optional<std::vector<std::string>> Config::find_strings(std::string_view key) const {
  const Json* value = find(key);
  if (!value) return std::nullopt;
  if (!value->is_array()) throw wrong_type(name_, key, *value, "a list of strings");
  std::vector<std::string> strings;
  for (const Json& item : *value) {
    if (!item.is_string()) throw wrong_type(name_, key, *value, "a list of strings");
    strings.push_back(item.get<std::string>());
  }
  return strings;
}

Config Config::section(std::string_view key) const {
  const Json& value = require(key);
  if (!value.is_object()) throw wrong_type(name_, key, value, "an object");
  return Config(document_, &value, fmt::format("{}, {}", name_, key));
}

std::optional<Config> Config::find_section(std::string_view key) const {
  return has(key) ? std::optional(section(key)) : std::nullopt;
}

std::vector<std::string> Config::keys() const {
  std::vector<std::string> names;
  for (const auto& [key, value] : object_->items()) names.push_back(key);
  return names;
}

std::string Config::text() const { return object_->dump(2) + "\n"; }

}  // namespace newbie::io
