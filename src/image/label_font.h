#pragma once
/// The glyphs that labels are drawn with.

#include <cstdint>
#include <span>

namespace newbie::image {

inline constexpr int64_t kGlyphRows = 20;

/// One character of the font.
struct Glyph {
  char32_t code_point;
  int width;             ///< pixels to the next glyph
  const char* coverage;  ///< kGlyphRows x width hex digits, row by row; f is full
};

/// Ascending by code point: ASCII, Latin-1 and some punctuation; the last one, a box, stands for
/// all others.
std::span<const Glyph> label_glyphs();

}  // namespace newbie::image
