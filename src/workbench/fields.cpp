#include "workbench/fields.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <type_traits>

#include "base/error.h"

namespace newbie::workbench {
namespace {

std::string canonical(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '-', '_');
  return out;
}

[[noreturn]] void refuse(const FieldInfo& info, std::string_view text, const char* expected) {
  throw Error("request.field", fmt::format("{} is \"{}\", expected {}", info.name, text, expected))
      .fact("field", info.name);
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

template <class T>
T number(std::string_view text, const FieldInfo& info, const char* expected) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) refuse(info, text, expected);
  return value;
}

template <class T>
T parsed(std::string_view text, const FieldInfo& info) {
  if constexpr (std::is_same_v<T, std::string>) {
    return std::string(text);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (text == "true" || text == "on" || text == "yes") return true;
    if (text != "false" && text != "off" && text != "no") refuse(info, text, "on or off");
    return false;
  } else if constexpr (is_optional<T>::value) {
    if (text == "auto" || text == "default") return std::nullopt;
    return parsed<typename T::value_type>(text, info);
  } else if constexpr (std::is_same_v<T, uint64_t>) {
    return number<T>(text, info, "a whole number from 0");
  } else if constexpr (std::is_integral_v<T>) {
    return number<T>(text, info, "a whole number");
  } else if constexpr (std::is_floating_point_v<T>) {
    return number<T>(text, info, "a number");
  } else {
    T list;
    for (std::string_view part : split(text)) {
      list.push_back(parsed<typename T::value_type>(part, info));
    }
    return list;
  }
}

template <class T>
std::string printed(const T& value) {
  if constexpr (is_optional<T>::value) {
    return value ? printed(*value) : "auto";
  } else if constexpr (std::is_same_v<T, bool>) {
    return value ? "on" : "off";
  } else if constexpr (std::is_same_v<T, std::string> || std::is_arithmetic_v<T>) {
    return fmt::format("{}", value);
  } else {
    return fmt::format("{}", fmt::join(value, ","));
  }
}

/// Calls `use` with the field of that name. Errors: `request.unknown_field`.
template <class Use>
void with_field(GenerateRequest& request, std::string_view name, const Use& use) {
  const std::string wanted = canonical(name);
  bool found = false;
  request.describe([&](auto& value, const FieldInfo& info) {
    if (wanted != info.name) return;
    found = true;
    use(value, info);
  });
  if (found) return;
  const std::vector<std::string> names = field_names();
  const std::string near = did_you_mean(wanted, {names.begin(), names.end()});
  throw Error("request.unknown_field", fmt::format("a request has no field \"{}\"", name))
      .hint(near.empty() ? "" : fmt::format("did you mean \"{}\"?", near));
}

}  // namespace

std::vector<std::string> field_names() {
  std::vector<std::string> names;
  GenerateRequest request;
  request.describe([&](const auto&, const FieldInfo& info) { names.emplace_back(info.name); });
  return names;
}

void set_field(GenerateRequest& request, std::string_view name, std::string_view text) {
  with_field(request, name, [&](auto& value, const FieldInfo& info) {
    value = parsed<std::remove_reference_t<decltype(value)>>(text, info);
  });
}

std::string field_text(const GenerateRequest& request, std::string_view name) {
  GenerateRequest copy = request;  // describe() offers references that may be written to
  std::string text;
  with_field(copy, name, [&](const auto& value, const FieldInfo&) { text = printed(value); });
  return text;
}

std::vector<std::string> field_choices(std::string_view name) {
  GenerateRequest request;
  std::vector<std::string> choices;
  with_field(request, name, [&](const auto&, const FieldInfo& info) { choices = info.choices; });
  return choices;
}

std::vector<FieldChange> changed_fields(const GenerateRequest& before,
                                        const GenerateRequest& after) {
  std::vector<FieldChange> changes;
  for (const std::string& name : field_names()) {
    FieldChange change{name, field_text(before, name), field_text(after, name)};
    if (change.before != change.after) changes.push_back(std::move(change));
  }
  return changes;
}

}  // namespace newbie::workbench
