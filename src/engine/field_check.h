#pragma once
/// Ranges and choices of a request's fields, as its description states them.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.h"
#include "newbie/request.h"

namespace newbie::engine {

/// Checks one described field against its range or choices. Error: `request.field`.
struct FieldCheck {
  template <class T>
  void operator()(const T& value, const FieldInfo& info) const {
    if constexpr (std::is_same_v<T, std::string>) {
      choice(value, info);
    } else if constexpr (std::is_same_v<T, std::optional<int64_t>> ||
                         std::is_same_v<T, std::optional<double>>) {
      if (value) range(static_cast<double>(*value), info);
    } else if constexpr (std::is_same_v<T, int64_t> || std::is_same_v<T, double>) {
      range(static_cast<double>(value), info);
    }
  }

  static void range(double value, const FieldInfo& info) {
    if (std::isfinite(value) && value >= info.least && value <= info.most) return;
    throw Error("request.field",
                fmt::format("{} is {}, expected {} to {}", info.name, value, info.least, info.most))
        .fact("field", info.name);
  }

  static void choice(const std::string& value, const FieldInfo& info) {
    if (info.choices.empty() || std::ranges::find(info.choices, value) != info.choices.end())
      return;
    const std::string meant = did_you_mean(
        value, std::vector<std::string_view>(info.choices.begin(), info.choices.end()));
    throw Error("request.field", fmt::format("{} is \"{}\", expected one of {}", info.name, value,
                                             fmt::join(info.choices, ", ")))
        .hint(meant.empty() ? "" : fmt::format("did you mean \"{}\"?", meant))
        .fact("field", info.name);
  }
};

}  // namespace newbie::engine
