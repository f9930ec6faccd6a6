#include "text/unicode.h"

#include <utf8proc.h>

#include "base/utf8.h"

namespace newbie::text {

bool is_white_space(char32_t c) {
  if (c <= 0x20) return (c >= 0x09 && c <= 0x0D) || c == 0x20;
  return c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
         c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

bool is_word(char32_t c) {
  switch (utf8proc_category(static_cast<utf8proc_int32_t>(c))) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_PC:
      return true;
    default:
      return c == 0x200C || c == 0x200D;
  }
}

size_t size_without_trailing_space(std::string_view text) {
  size_t kept = 0;
  for (size_t i = 0; i < text.size();) {
    const utf8::Decoded d = utf8::decode(text, i);
    i += d.length;
    if (!is_white_space(d.code_point)) kept = i;
  }
  return kept;
}

size_t leading_space(std::string_view text) {
  size_t i = 0;
  while (i < text.size()) {
    const utf8::Decoded d = utf8::decode(text, i);
    if (!is_white_space(d.code_point)) break;
    i += d.length;
  }
  return i;
}

size_t grapheme_end(std::string_view text, size_t offset) {
  utf8::Decoded current = utf8::decode(text, offset);
  size_t end = offset + current.length;
  utf8proc_int32_t state = 0;
  while (end < text.size()) {
    const utf8::Decoded next = utf8::decode(text, end);
    if (utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(current.code_point),
                                         static_cast<utf8proc_int32_t>(next.code_point), &state)) {
      break;
    }
    current = next;
    end += next.length;
  }
  return end;
}

}  // namespace newbie::text
