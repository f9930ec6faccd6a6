#pragma once
/// UTF-8 by code point. Invalid bytes are never skipped silently: each decodes to U+FFFD, one byte
/// long.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace newbie::utf8 {

inline constexpr char32_t kReplacement = 0xFFFD;

struct Decoded {
  char32_t code_point;
  size_t length;  ///< bytes used, at least 1
  bool valid;
};

/// Decodes the code point at `offset` (< text.size()). Overlong forms, surrogates and values above
/// U+10FFFF are invalid.
Decoded decode(std::string_view text, size_t offset);

/// Appends the encoding of `code_point`; invalid values append U+FFFD.
void append(std::string& out, char32_t code_point);
std::string encode(char32_t code_point);

/// Number of code points; each invalid byte counts as one.
size_t count(std::string_view text);

/// Offset of the first invalid byte, if any.
std::optional<size_t> first_invalid(std::string_view text);

std::u32string to_u32(std::string_view text);
std::string from_u32(std::u32string_view text);

/// Terminal columns: 2 for East Asian wide and emoji, 0 for combining marks, else 1.
size_t display_width(char32_t code_point);
size_t display_width(std::string_view text);

/// CJK ideographs, kana, hangul and their extensions.
bool is_cjk(char32_t code_point);

}  // namespace newbie::utf8
