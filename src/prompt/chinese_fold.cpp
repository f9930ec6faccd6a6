#include "prompt/chinese_fold.h"

#include "base/utf8.h"

namespace newbie::prompt {
namespace {

char32_t narrow(char32_t c) {
  if (c >= 0xFF01 && c <= 0xFF5E) return c - 0xFF01 + U'!';
  switch (c) {
    case 0x3000:
      return U' ';
    case 0xFFE0:
      return U'\u00A2';
    case 0xFFE1:
      return U'\u00A3';
    case 0xFFE5:
      return U'\u00A5';
    default:
      return c;
  }
}

}  // namespace

FoldedText fold_width_with_offsets(std::string_view text) {
  FoldedText folded;
  folded.text.reserve(text.size());
  folded.offsets.reserve(text.size() + 1);
  for (size_t at = 0; at < text.size();) {
    const utf8::Decoded decoded = utf8::decode(text, at);
    const char32_t folded_point = narrow(decoded.code_point);
    if (!decoded.valid || folded_point == decoded.code_point) {
      for (size_t i = 0; i < decoded.length; ++i) folded.offsets.push_back(at + i);
      folded.text += text.substr(at, decoded.length);
    } else {
      utf8::append(folded.text, folded_point);
      folded.offsets.resize(folded.text.size(), at);
    }
    at += decoded.length;
  }
  folded.offsets.push_back(text.size());
  return folded;
}

std::string fold_width(std::string_view text) { return fold_width_with_offsets(text).text; }

}  // namespace newbie::prompt
