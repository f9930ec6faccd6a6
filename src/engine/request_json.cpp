#include <fmt/format.h>

#include <type_traits>
#include <unordered_set>

#include "base/json.h"
#include "engine/field_check.h"
#include "newbie/engine.h"

namespace newbie {
namespace {

struct Writer {
  Json& json;
  template <class T>
  void operator()(const T& value, const FieldInfo& info) const {
    if constexpr (requires { value.has_value(); }) {
      if (value) json[info.name] = *value;
    } else {
      json[info.name] = value;
    }
  }
};

struct Reader {
  const Json& json;
  std::unordered_set<std::string>& known;

  template <class T>
  void operator()(T& value, const FieldInfo& info) const {
    known.insert(info.name);
    const auto found = json.find(info.name);
    if (found == json.end() || found->is_null()) return;
    if constexpr (requires { value.has_value(); }) {
      typename T::value_type inner{};
      read(*found, inner, info);
      value = inner;
    } else {
      read(*found, value, info);
    }
  }

  template <class T>
  static void read(const Json& found, T& value, const FieldInfo& info) {
    const auto refuse = [&](const char* expected) {
      throw Error("request.field",
                  fmt::format("{} is {:.80}, expected {}", info.name, found.dump(), expected))
          .fact("field", info.name);
    };
    if constexpr (std::is_same_v<T, std::string>) {
      if (!found.is_string()) refuse("a text");
    } else if constexpr (std::is_same_v<T, bool>) {
      if (!found.is_boolean()) refuse("true or false");
    } else if constexpr (std::is_same_v<T, uint64_t>) {
      if (!found.is_number_unsigned()) refuse("a whole number from 0");
    } else if constexpr (std::is_same_v<T, int64_t>) {
      if (!found.is_number_integer()) refuse("a whole number");
    } else if constexpr (std::is_same_v<T, double>) {
      if (!found.is_number()) refuse("a number");
    } else if constexpr (std::is_same_v<T, std::vector<std::string>>) {
      const bool texts =
          found.is_array() && std::all_of(found.begin(), found.end(),
                                          [](const Json& item) { return item.is_string(); });
      if (!texts) refuse("a list of texts");
    } else {
      const bool numbers =
          found.is_array() &&
          std::all_of(found.begin(), found.end(), [](const Json& n) { return n.is_number(); });
      if (!numbers) refuse("a list of numbers");
    }
    value = found.get<T>();
  }
};

}  // namespace

std::string to_json(const GenerateRequest& request) {
  Json json = Json::object();
  GenerateRequest copy = request;
  copy.describe(Writer{json});
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

GenerateRequest request_from_json(const std::string& text) {
  const Json json = parse_json(text, "the request").value();
  if (!json.is_object()) throw Error("request.field", "the request is not a JSON object");
  GenerateRequest request;
  std::unordered_set<std::string> known;
  request.describe(Reader{json, known});
  for (const auto& [key, value] : json.items()) {
    if (known.contains(key)) continue;
    const std::string meant =
        did_you_mean(key, std::vector<std::string_view>(known.begin(), known.end()));
    throw Error("request.unknown_field", fmt::format("the request has no field \"{}\"", key))
        .hint(meant.empty() ? "" : fmt::format("did you mean \"{}\"?", meant))
        .fact("field", key);
  }
  request.describe(engine::FieldCheck{});
  return request;
}

}  // namespace newbie
