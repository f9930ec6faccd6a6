#include "image/terminal.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>

namespace newbie::image {
namespace {

Picture flat(int64_t width, int64_t height, std::array<uint8_t, 3> colour) {
  Picture picture = Picture::blank(width, height);
  for (size_t i = 0; i < picture.pixels.size(); ++i) picture.pixels[i] = colour[i % 3];
  return picture;
}

/// A small sixel reader: enough to see the picture that a terminal would.
Picture decoded(const std::string& text) {
  const auto number = [&](size_t& at) {
    int value = 0;
    while (at < text.size() && std::isdigit(static_cast<unsigned char>(text[at])) != 0) {
      value = value * 10 + (text[at++] - '0');
    }
    return value;
  };
  size_t at = text.find('"') + 5;
  const int width = number(at);
  const int height = number(++at);
  Picture picture = Picture::blank(width, height);
  std::map<int, std::array<int, 3>> palette;
  int colour = 0;
  int64_t x = 0, top = 0;
  while (at < text.size() && text[at] != '\x1b') {
    int repeat = 1;
    const char c = text[at];
    if (c == '#') {
      colour = number(++at);
      if (text[at] != ';') continue;
      at += 3;  // ";2;"
      const int r = number(at), g = number(++at), b = number(++at);
      palette[colour] = {r, g, b};
      continue;
    }
    if (c == '$' || c == '-') {
      x = 0;
      if (c == '-') top += 6;
      ++at;
      continue;
    }
    if (c == '!') repeat = number(++at);
    const int bits = text[at++] - '?';
    for (; repeat > 0; --repeat, ++x) {
      for (int row = 0; row < 6; ++row) {
        if ((bits >> row & 1) == 0) continue;
        for (size_t s = 0; s < 3; ++s) {
          picture.row(top + row)[3 * x + static_cast<int64_t>(s)] =
              static_cast<uint8_t>((palette.at(colour)[s] * 255 + 50) / 100);
        }
      }
    }
  }
  return picture;
}

TEST(Sixels, PureColoursSurvive) {
  for (const std::array<uint8_t, 3> colour :
       {std::array<uint8_t, 3>{0, 0, 0}, {255, 255, 255}, {255, 0, 0}, {0, 255, 0}, {0, 0, 255}}) {
    EXPECT_EQ(decoded(sixels(flat(9, 8, colour))), flat(9, 8, colour));
  }
}

TEST(Sixels, DitherKeepsTheMeanColour) {
  const Picture grey = flat(32, 36, {100, 140, 200});
  const Picture seen = decoded(sixels(grey));
  std::array<double, 3> mean{};
  for (size_t i = 0; i < seen.pixels.size(); ++i) mean[i % 3] += seen.pixels[i];
  for (size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(mean[c] / (32 * 36), grey.pixels[c], 4) << c;
  }
}

TEST(Sixels, PlacesStayInPlace) {
  Picture picture = flat(20, 14, {0, 0, 0});
  picture.row(13)[3 * 17] = picture.row(13)[3 * 17 + 1] = picture.row(13)[3 * 17 + 2] = 255;
  EXPECT_EQ(decoded(sixels(picture)), picture);
}

TEST(Kitty, IsSentInPiecesThatSayWhetherMoreFollows) {
  const std::string small = kitty_picture("PNG", 40);
  EXPECT_EQ(small, "\x1b_Ga=T,f=100,q=2,c=40,m=0;UE5H\x1b\\\n");
  const std::string large = kitty_picture(std::string(5000, 'x'), 40);
  EXPECT_EQ(std::ranges::count(large, '\x1b'), 4);
  EXPECT_NE(large.find(",m=1;"), std::string::npos);
  EXPECT_NE(large.find("\x1b_Gm=0;"), std::string::npos);
}

TEST(Iterm, NamesItsSize) {
  EXPECT_EQ(iterm_picture("PNG", 40),
            "\x1b]1337;File=inline=1;size=3;width=40;preserveAspectRatio=1:UE5H\x07\n");
}

TEST(HalfBlocks, HaveOneLinePerTwoPixels) {
  const std::string lines = half_blocks(flat(40, 20, {10, 20, 30}), 20);
  EXPECT_EQ(std::ranges::count(lines, '\n'), 5);
  EXPECT_NE(lines.find("\x1b[38;2;10;20;30m"), std::string::npos);
}

}  // namespace
}  // namespace newbie::image
