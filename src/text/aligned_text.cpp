#include "text/aligned_text.h"

#include "base/utf8.h"

namespace newbie::text {

AlignedText AlignedText::from_source(std::string_view original) {
  AlignedText out;
  out.reserve(original.size());
  for (size_t i = 0; i < original.size();) {
    const utf8::Decoded d = utf8::decode(original, i);
    if (d.valid) {
      out.text.append(original, i, d.length);
      for (size_t k = 0; k < d.length; ++k) out.source.push_back({i + k, i + k + 1});
    } else {
      out.append(utf8::encode(utf8::kReplacement), {i, i + 1});
    }
    i += d.length;
  }
  return out;
}

void AlignedText::reserve(size_t bytes) {
  text.reserve(bytes);
  source.reserve(bytes);
}

void AlignedText::append(std::string_view bytes, TextSpan from) {
  text.append(bytes);
  source.insert(source.end(), bytes.size(), from);
}

void AlignedText::append(const AlignedText& other, TextSpan range) {
  text.append(other.view(range));
  source.insert(source.end(), other.source.begin() + static_cast<ptrdiff_t>(range.begin),
                other.source.begin() + static_cast<ptrdiff_t>(range.end));
}

AlignedText AlignedText::slice(TextSpan range) const {
  AlignedText out;
  out.append(*this, range);
  return out;
}

}  // namespace newbie::text
