#include "base/error.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace newbie {

void check(bool condition, std::string_view what, std::source_location location) {
  if (condition) return;
  throw Error("internal.invariant", std::string(what))
      .where(fmt::format("{}:{}", location.file_name(), location.line()))
      .hint("this is a bug in newbie: please report it with the command that led here");
}

namespace {

/// Insertions, deletions, substitutions and swaps of neighbours (the commonest slip of fingers).
size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> above(b.size() + 1);  // the row before the last one
  std::vector<size_t> last(b.size() + 1);
  std::vector<size_t> row(b.size() + 1);
  std::iota(last.begin(), last.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t substituted = last[j] + (a[i] == b[j] ? 0 : 1);
      row[j + 1] = std::min({last[j + 1] + 1, row[j] + 1, substituted});
      const bool swapped = i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j];
      if (swapped) row[j + 1] = std::min(row[j + 1], above[j - 1] + 1);
    }
    std::swap(above, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string did_you_mean(std::string_view name, const std::vector<std::string_view>& candidates) {
  std::string_view best;
  size_t best_distance = std::max<size_t>(1, name.size() / 3) + 1;
  for (std::string_view candidate : candidates) {
    const size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) best = candidate, best_distance = distance;
  }
  return std::string(best);
}

std::string render_error(const Error& error, bool colour) {
  const char* red = colour ? "\x1b[1;31m" : "";
  const char* bold = colour ? "\x1b[1m" : "";
  const char* dim = colour ? "\x1b[2m" : "";
  const char* reset = colour ? "\x1b[0m" : "";
  std::string out =
      fmt::format("{}error[{}]{}: {}{}{}\n", red, error.code(), reset, bold, error.what(), reset);
  if (!error.places().empty()) {
    out += fmt::format("  {}where:{} {}\n", dim, reset, fmt::join(error.places(), "\n         "));
  }
  if (!error.hint_text().empty()) {
    out += fmt::format("  {}fix:{}   {}\n", dim, reset, error.hint_text());
  }
  return out;
}

}  // namespace newbie
