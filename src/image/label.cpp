#include "image/label.h"

#include <algorithm>

#include "base/error.h"
#include "base/utf8.h"
#include "image/label_font.h"

namespace newbie::image {
namespace {

const Glyph& glyph_of(char32_t code_point) {
  const auto glyphs = label_glyphs();
  const auto found = std::ranges::lower_bound(glyphs, code_point, {}, &Glyph::code_point);
  return found != glyphs.end() && found->code_point == code_point ? *found : glyphs.back();
}

/// Calls `use` with each glyph and the byte behind its character.
template <class Use>
void each_glyph(std::string_view text, const Use& use) {
  for (size_t at = 0; at < text.size();) {
    const utf8::Decoded next = utf8::decode(text, at);
    at += next.length;
    use(glyph_of(next.code_point), at);
  }
}

int level(char hex) { return hex <= '9' ? hex - '0' : hex - 'a' + 10; }

void draw(const Glyph& glyph, Picture& onto, int64_t left, int64_t top,
          const std::array<uint8_t, 3>& colour) {
  for (int64_t y = std::max<int64_t>(0, -top); y < kGlyphRows && top + y < onto.height; ++y) {
    for (int64_t x = std::max<int64_t>(0, -left); x < glyph.width && left + x < onto.width; ++x) {
      const int cover = level(glyph.coverage[y * glyph.width + x]);
      uint8_t* pixel = onto.row(top + y) + (left + x) * 3;
      for (size_t c = 0; c < 3; ++c) {
        pixel[c] = static_cast<uint8_t>((pixel[c] * (15 - cover) + colour[c] * cover + 7) / 15);
      }
    }
  }
}

}  // namespace

int64_t label_width(std::string_view text) {
  int64_t width = 0;
  each_glyph(text, [&](const Glyph& glyph, size_t) { width += glyph.width; });
  return width;
}

std::string fitted_label(std::string_view text, int64_t width) {
  if (label_width(text) <= width) return std::string(text);
  constexpr std::string_view kEllipsis = "\u2026";
  int64_t used = label_width(kEllipsis);
  size_t kept = 0;
  bool full = false;
  each_glyph(text, [&](const Glyph& glyph, size_t end) {
    used += glyph.width;
    full = full || used > width;
    if (!full) kept = end;
  });
  return std::string(text.substr(0, kept)) + std::string(kEllipsis);
}

void draw_label(Picture& onto, std::string_view text, int64_t left, int64_t top,
                std::array<uint8_t, 3> colour) {
  validate(onto);
  check(onto.channels == 3, "draw_label: RGB only");
  each_glyph(text, [&](const Glyph& glyph, size_t) {
    draw(glyph, onto, left, top, colour);
    left += glyph.width;
  });
}

}  // namespace newbie::image
