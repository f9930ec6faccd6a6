#pragma once
/// Raising and rendering errors. The type itself is public: include/newbie/error.h.

#include <concepts>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include "newbie/error.h"

namespace newbie {

/// Throws Error `internal.invariant` with the location: a bug of ours, never reachable from input.
void check(bool condition, std::string_view what,
           std::source_location location = std::source_location::current());

/// Runs `body`; an Error that leaves it is told where it happened.
template <std::invocable Body>
auto with_where(std::string_view place, Body&& body) -> decltype(body()) {
  try {
    return body();
  } catch (Error& error) {
    error.where(std::string(place));
    throw;
  }
}

/// The candidate closest to `name` when it is close enough to be a misspelling, else "".
/// Cost: O(|name| * sum of candidate lengths).
std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& candidates);

/// `error[code]: what`, then `where:` and `fix:` lines; ANSI colour when asked.
std::string render_error(const Error& error, bool colour);

}  // namespace newbie
