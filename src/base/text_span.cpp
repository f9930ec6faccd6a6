#include "base/text_span.h"

#include <algorithm>

#include "base/utf8.h"

namespace newbie {

LineMap::LineMap(std::string_view text) : text_(text), starts_{0} {
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') starts_.push_back(i + 1);
  }
}

LineColumn LineMap::locate(size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
  const size_t line = static_cast<size_t>(after - starts_.begin());
  const size_t start = starts_[line - 1];
  return {line, utf8::count(text_.substr(start, offset - start)) + 1};
}

std::string_view LineMap::line(size_t number) const {
  const size_t begin = starts_[number - 1];
  size_t end = number < starts_.size() ? starts_[number] - 1 : text_.size();
  if (end > begin && text_[end - 1] == '\r') --end;
  return text_.substr(begin, end - begin);
}

}  // namespace newbie
