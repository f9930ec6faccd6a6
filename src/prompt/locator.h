#pragma once
/// Lines and columns for many offsets of one text.

#include <string_view>

#include "base/text_span.h"

namespace newbie::prompt {

/// A LineMap that remembers the last answer. Cost: for ascending offsets linear in the text, also
/// when it is one long line with a finding at every byte. Not for several threads.
class Locator {
 public:
  explicit Locator(std::string_view text) : text_(text), lines_(text) {}

  LineColumn locate(size_t offset) const;
  const LineMap& lines() const { return lines_; }

 private:
  std::string_view text_;
  LineMap lines_;
  mutable size_t last_offset_ = 0;
  mutable LineColumn last_;
};

}  // namespace newbie::prompt
