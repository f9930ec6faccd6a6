#pragma once
/// Where a sweep's choices are and what they say.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace newbie::prompt {

/// The inside of one pair of braces.
struct BraceChoice {
  size_t length = 0;          ///< bytes from `{` to behind `}`
  std::string_view name;      ///< before `=`, "" when there is none
  std::string_view body;      ///< behind `=`
  bool is_reference = false;  ///< `{name=}`
};

/// The choice that opens with the `{` at `at`; nothing when that brace is text.
std::optional<BraceChoice> choice_at(std::string_view text, size_t at);

/// The alternatives of a body, cut at its own `|`, without blanks around them.
std::vector<std::string_view> alternatives(std::string_view body);

/// `0.6..1.4:0.2` spelled out; nothing when the body is no range.
/// Errors: `prompt.sweep_range` when it is one that cannot be counted out.
std::optional<std::vector<std::string>> range_values(std::string_view body);

/// The `name` of `__name__` at `at`, "" when there is none.
std::string_view wildcard_at(std::string_view text, size_t at);

}  // namespace newbie::prompt
