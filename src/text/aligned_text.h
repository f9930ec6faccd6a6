#pragma once
/// Text that remembers, byte for byte, where it came from.

#include <string>
#include <string_view>
#include <vector>

#include "base/text_span.h"

namespace newbie::text {

/// A rewritten text and the source span of each of its bytes. Both ends of the spans never
/// decrease, so that the source of a range is the union of its bytes' spans.
struct AlignedText {
  std::string text;
  std::vector<TextSpan> source;

  /// The text as it is, each byte its own source; invalid bytes become U+FFFD with a one-byte
  /// source.
  static AlignedText from_source(std::string_view original);

  size_t size() const { return text.size(); }
  std::string_view view(TextSpan range) const { return range.of(text); }
  /// Source bytes of a non-empty range of `text`.
  TextSpan source_of(TextSpan range) const {
    return {source[range.begin].begin, source[range.end - 1].end};
  }

  void reserve(size_t bytes);
  /// Adds bytes that all stand for `from`.
  void append(std::string_view bytes, TextSpan from);
  /// Adds a range of another text with its alignment.
  void append(const AlignedText& other, TextSpan range);
  AlignedText slice(TextSpan range) const;
};

}  // namespace newbie::text
