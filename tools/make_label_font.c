// Writes src/image/label_font.cpp: the glyphs of DejaVu Sans that labels are drawn with, so that a sheet has
// the same bytes on machines with other fonts or none. Needs Cairo and fonts-dejavu-core when it is run, which
// is only when the table is to change:
//
//   cc tools/make_label_font.c -o out/make_label_font $(pkg-config --cflags --libs cairo) -lm
//   out/make_label_font > src/image/label_font.cpp
#include <cairo.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { kSize = 15, kRows = 20, kBaseline = 15, kWide = 40 };

static void write_glyph(const char* text, unsigned code) {
  cairo_surface_t* surface = cairo_image_surface_create(CAIRO_FORMAT_A8, kWide, kRows);
  cairo_t* draw = cairo_create(surface);
  cairo_font_options_t* options = cairo_font_options_create();
  cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_SLIGHT);
  cairo_set_font_options(draw, options);
  cairo_select_font_face(draw, "DejaVu Sans", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
  cairo_set_font_size(draw, kSize);
  cairo_text_extents_t extents;
  cairo_text_extents(draw, text, &extents);
  cairo_move_to(draw, 0, kBaseline);
  cairo_show_text(draw, text);
  cairo_surface_flush(surface);
  const int width = (int)lround(extents.x_advance);
  const unsigned char* pixels = cairo_image_surface_get_data(surface);
  const int stride = cairo_image_surface_get_stride(surface);
  printf("    {%u, %d, \"", code, width);
  for (int y = 0; y < kRows; ++y) {
    for (int x = 0; x < width; ++x) {
      printf("%x", (pixels[y * stride + x] + 8) / 17);  // 16 levels
    }
  }
  printf("\"},\n");
  cairo_font_options_destroy(options);
  cairo_destroy(draw);
  cairo_surface_destroy(surface);
}

static void utf8(unsigned code, char* out) {
  if (code < 0x80) {
    sprintf(out, "%c", code);
  } else if (code < 0x800) {
    sprintf(out, "%c%c", 0xC0 | code >> 6, 0x80 | (code & 0x3F));
  } else {
    sprintf(out, "%c%c%c", 0xE0 | code >> 12, 0x80 | (code >> 6 & 0x3F), 0x80 | (code & 0x3F));
  }
}

int main(void) {
  printf(
      "// Written by tools/make_label_font.c from DejaVu Sans at 15 pixels (Bitstream Vera licence, see\n"
      "// THIRD_PARTY.md): code point, width, and 16 levels of coverage for 20 rows, one hex digit each.\n"
      "// clang-format off\n"
      "#include \"image/label_font.h\"\n\nnamespace newbie::image {\n\n"
      "std::span<const Glyph> label_glyphs() {\n  static constexpr Glyph kGlyphs[] = {\n");
  char text[8];
  for (unsigned code = 0x20; code < 0x7F; ++code) utf8(code, text), write_glyph(text, code);
  for (unsigned code = 0xA1; code < 0x100; ++code) {
    if (code != 0xAD) utf8(code, text), write_glyph(text, code);
  }
  const unsigned more[] = {0x2013, 0x2014, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2026, 0x2190, 0x2192,
                           0x2212, 0x2248, 0x2260, 0x2264, 0x2265, 0x25A1};
  for (unsigned i = 0; i < sizeof more / sizeof *more; ++i) utf8(more[i], text), write_glyph(text, more[i]);
  printf("  };\n  return kGlyphs;\n}\n\n}  // namespace newbie::image\n// clang-format on\n");
  return 0;
}
