#pragma once
/// Byte ranges of a text and their line and column, for diagnostics.

#include <cstddef>
#include <string_view>
#include <vector>

namespace newbie {

/// Half-open byte range [begin, end) of some text.
struct TextSpan {
  size_t begin = 0;
  size_t end = 0;

  size_t size() const { return end - begin; }
  bool empty() const { return begin == end; }
  bool contains(size_t offset) const { return begin <= offset && offset < end; }
  bool overlaps(const TextSpan& other) const { return begin < other.end && other.begin < end; }
  std::string_view of(std::string_view text) const { return text.substr(begin, end - begin); }
  bool operator==(const TextSpan&) const = default;
};

/// 1-based line and column; the column counts code points.
struct LineColumn {
  size_t line = 1;
  size_t column = 1;
  bool operator==(const LineColumn&) const = default;
};

/// Line starts of one text. Keeps a view: the text must outlive it.
class LineMap {
 public:
  explicit LineMap(std::string_view text);
  /// Offsets past the end give the position just after the last byte. Cost: O(log lines + column).
  LineColumn locate(size_t offset) const;
  /// The 1-based line without its line break.
  std::string_view line(size_t number) const;
  size_t line_begin(size_t number) const { return starts_[number - 1]; }
  size_t count() const { return starts_.size(); }

 private:
  std::string_view text_;
  std::vector<size_t> starts_;
};

}  // namespace newbie
