#pragma once
/// A model's JSON configuration, read with the type each key must have.

#include <cstdint>
#include <filesystem>
#include <limits>
#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace newbie::io {

/// One JSON object. Getters without a fallback demand the key; those with one take it when the key
/// is absent or null. Every error names file, key, what was found and what was expected; unknown
/// keys are kept (text()). Copies share the document.
/// Errors: `config.missing_key`, `config.wrong_type`, `config.out_of_range`.
class Config {
 public:
  /// Errors: `file.*`, `json.*`, `config.wrong_type` when the file holds no object.
  static Config open(const std::filesystem::path& path);
  /// `name` stands for the file in messages.
  static Config parse(std::string_view text, std::string name);

  /// True when the key is there and not null.
  bool has(std::string_view key) const;

  /// An integer of at least `least` (sizes and counts are at least 1) and at most 2^31 - 1.
  int64_t integer(std::string_view key, int64_t least = 1) const;
  std::optional<int64_t> find_integer(std::string_view key, int64_t least = 1) const;
  /// A finite number.
  double number(std::string_view key) const;
  std::optional<double> find_number(std::string_view key) const;
  std::optional<bool> find_boolean(std::string_view key) const;
  std::string string(std::string_view key) const;
  std::optional<std::string> find_string(std::string_view key) const;
  std::vector<int64_t> integers(std::string_view key, int64_t least = 1) const;
  std::optional<std::vector<std::string>> find_strings(std::string_view key) const;

  /// The nested object under `key`.
  Config section(std::string_view key) const;
  std::optional<Config> find_section(std::string_view key) const;

  std::vector<std::string> keys() const;
  /// The file, and the path of sections inside it: "text_encoder/config.json, text_config".
  const std::string& name() const { return name_; }
  /// The object as JSON text, unknown keys included, indented by two spaces.
  std::string text() const;

 private:
  using Json = nlohmann::ordered_json;
  Config(std::shared_ptr<const Json> document, const Json* object, std::string name);
  const Json* find(std::string_view key) const;
  const Json& require(std::string_view key) const;

  std::shared_ptr<const Json> document_;
  const Json* object_;
  std::string name_;
};

}  // namespace newbie::io
