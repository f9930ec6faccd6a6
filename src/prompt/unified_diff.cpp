#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "prompt/render.h"

namespace newbie::prompt {

namespace {

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1);
    lines.push_back(text.substr(0, end + 1));
    text.remove_prefix(end + 1);
  }
  return lines;
}

struct Change {
  char mark;  ///< ' ', '-', '+'
  std::string_view line;
};

// Longest common subsequence of the lines between the common head and tail. When their product is
// large the middle is shown as replaced: a diff of fixes is for reading.
std::vector<Change> compare(const std::vector<std::string_view>& a,
                            const std::vector<std::string_view>& b) {
  constexpr size_t kLargest = 4'000'000;
  size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  size_t tail = 0;
  while (tail < a.size() - head && tail < b.size() - head &&
         a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) {
    ++tail;
  }
  const size_t n = a.size() - head - tail;
  const size_t m = b.size() - head - tail;
  std::vector<Change> out;
  for (size_t i = 0; i < head; ++i) out.push_back({' ', a[i]});
  if (n * m > kLargest) {
    for (size_t i = 0; i < n; ++i) out.push_back({'-', a[head + i]});
    for (size_t j = 0; j < m; ++j) out.push_back({'+', b[head + j]});
  } else {
    std::vector<uint32_t> length((n + 1) * (m + 1), 0);
    const auto at = [&](size_t i, size_t j) -> uint32_t& { return length[i * (m + 1) + j]; };
    for (size_t i = n; i-- > 0;) {
      for (size_t j = m; j-- > 0;) {
        at(i, j) = a[head + i] == b[head + j] ? at(i + 1, j + 1) + 1
                                              : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
    size_t i = 0;
    size_t j = 0;
    while (i < n || j < m) {
      if (i < n && j < m && a[head + i] == b[head + j]) {
        out.push_back({' ', a[head + i]}), ++i, ++j;
      } else if (i < n && (j == m || at(i + 1, j) >= at(i, j + 1))) {
        out.push_back({'-', a[head + i++]});
      } else {
        out.push_back({'+', b[head + j++]});
      }
    }
  }
  for (size_t i = a.size() - tail; i < a.size(); ++i) out.push_back({' ', a[i]});
  return out;
}

std::string range(size_t first, size_t count) {
  // An empty range names the line before it.
  return count == 1 ? fmt::format("{}", first)
                    : fmt::format("{},{}", count == 0 ? first - 1 : first, count);
}

}  // namespace

std::string unified_diff(std::string_view before, std::string_view after, std::string_view name) {
  constexpr size_t kContext = 3;
  if (before == after) return "";
  const std::vector<Change> changes = compare(split_lines(before), split_lines(after));
  std::string out = fmt::format("--- a/{0}\n+++ b/{0}\n", name);
  size_t old_line = 1;
  size_t new_line = 1;
  for (size_t i = 0; i < changes.size();) {
    // The next hunk: changes with at most two contexts of equal lines between them.
    size_t first = i;
    while (first < changes.size() && changes[first].mark == ' ') ++first;
    if (first == changes.size()) break;
    size_t last = first;
    for (size_t k = first; k < changes.size() && k <= last + 2 * kContext; ++k) {
      if (changes[k].mark != ' ') last = k;
    }
    const size_t begin = std::max(i, first > kContext ? first - kContext : 0);
    const size_t end = std::min(changes.size(), last + kContext + 1);
    old_line += begin - i;
    new_line += begin - i;
    size_t old_count = 0;
    size_t new_count = 0;
    std::string body;
    for (size_t k = begin; k < end; ++k) {
      old_count += changes[k].mark != '+';
      new_count += changes[k].mark != '-';
      body += changes[k].mark;
      body += changes[k].line;
      if (!changes[k].line.ends_with('\n')) body += "\n\\ No newline at end of file\n";
    }
    out += fmt::format("@@ -{} +{} @@\n{}", range(old_line, old_count), range(new_line, new_count),
                       body);
    old_line += old_count;
    new_line += new_count;
    i = end;
  }
  return out;
}

}  // namespace newbie::prompt
