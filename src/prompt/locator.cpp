#include "prompt/locator.h"

#include <algorithm>

#include "base/utf8.h"

namespace newbie::prompt {

LineColumn Locator::locate(size_t offset) const {
  offset = std::min(offset, text_.size());
  const bool near = offset >= last_offset_ &&
                    (last_.line == lines_.count() || offset < lines_.line_begin(last_.line + 1));
  if (near) {
    last_.column += utf8::count(text_.substr(last_offset_, offset - last_offset_));
  } else {
    last_ = lines_.locate(offset);
  }
  last_offset_ = offset;
  return last_;
}

}  // namespace newbie::prompt
