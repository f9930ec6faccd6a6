#include "image/label.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "image/label_font.h"

namespace newbie::image {
namespace {

Picture white(int64_t width, int64_t height) {
  Picture picture = Picture::blank(width, height);
  std::ranges::fill(picture.pixels, uint8_t{255});
  return picture;
}

int64_t darkest_column(const Picture& picture) {
  int64_t best = -1;
  int least = 256;
  for (int64_t x = 0; x < picture.width; ++x) {
    for (int64_t y = 0; y < picture.height; ++y) {
      if (picture.row(y)[3 * x] < least) least = picture.row(y)[3 * x], best = x;
    }
  }
  return best;
}

TEST(Label, GlyphsAreSortedAndWhole) {
  char32_t before = 0;
  for (const Glyph& glyph : label_glyphs()) {
    EXPECT_GT(glyph.code_point, before);
    before = glyph.code_point;
    EXPECT_EQ(std::string_view(glyph.coverage).size(),
              static_cast<size_t>(glyph.width * kGlyphRows));
    EXPECT_EQ(std::string_view(glyph.coverage).find_first_not_of("0123456789abcdef"),
              std::string_view::npos);
  }
}

TEST(Label, WidthsAddUpAndUnknownCharactersAreBoxes) {
  EXPECT_EQ(label_width(""), 0);
  EXPECT_EQ(label_width("ab"), label_width("a") + label_width("b"));
  EXPECT_GT(label_width("W"), label_width("i"));
  EXPECT_EQ(label_width("雨"), label_width("\u25A1"));
  EXPECT_EQ(label_width("\xff"), label_width("\u25A1")) << "an invalid byte is one box";
}

TEST(Label, IsDrawnWhereItIsAskedFor) {
  Picture picture = white(60, 24);
  draw_label(picture, "|", 30, 2, {0, 0, 0});
  EXPECT_GE(darkest_column(picture), 30);
  EXPECT_LT(darkest_column(picture), 30 + label_width("|"));
}

TEST(Label, WhatLiesOutsideIsCutOff) {
  Picture picture = white(10, 10);
  draw_label(picture, "Wide text", -5, -5, {0, 0, 0});
  draw_label(picture, "Wide text", 8, 8, {0, 0, 0});
  EXPECT_NE(picture, white(10, 10));
  Picture untouched = white(10, 10);
  draw_label(untouched, "text", 100, 100);
  EXPECT_EQ(untouched, white(10, 10));
}

TEST(Label, LongTextEndsInAnEllipsisThatFits) {
  const std::string text = "a rather long label of a cell";
  EXPECT_EQ(fitted_label(text, 1000), text);
  for (int64_t width : {40, 60, 100}) {
    const std::string cut = fitted_label(text, width);
    EXPECT_LE(label_width(cut), width);
    EXPECT_TRUE(cut.ends_with("\u2026"));
    EXPECT_EQ(text.find(cut.substr(0, cut.size() - 3)), 0u);
  }
}

}  // namespace
}  // namespace newbie::image
