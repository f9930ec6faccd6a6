#include "image/compose.h"

#include <gtest/gtest.h>

#include "image/terminal.h"
#include "support.h"

namespace newbie::image {
namespace {

TEST(ContactSheet, PutsPicturesInRowsFromTheTopLeft) {
  const std::vector<Picture> pictures{{1, 1, 3, {1, 2, 3}}, {1, 1, 3, {4, 5, 6}}, {1, 1, 1, {7}}};
  const Picture sheet =
      contact_sheet(pictures, {.columns = 2, .margin = 1, .background = {9, 9, 9}});
  EXPECT_EQ(sheet.width, 5);
  EXPECT_EQ(sheet.height, 5);
  const auto pixel = [&](int64_t x, int64_t y) { return sheet.row(y)[3 * x]; };
  EXPECT_EQ(pixel(0, 0), 9);
  EXPECT_EQ(pixel(1, 1), 1);
  EXPECT_EQ(pixel(3, 1), 4);
  EXPECT_EQ(pixel(1, 3), 7);
  EXPECT_EQ(pixel(3, 3), 9);
}

TEST(ContactSheet, CentresSmallPicturesAndChoosesColumns) {
  const std::vector<Picture> pictures{patterned(3, 3, 3), Picture{1, 1, 3, {1, 1, 1}}};
  const Picture sheet = contact_sheet(pictures, {.margin = 0});
  EXPECT_EQ(sheet.width, 6);
  EXPECT_EQ(sheet.row(1)[3 * 4], 1);
  EXPECT_EQ(sheet.row(0)[3 * 4], 255);
  EXPECT_EQ(code_of([] { contact_sheet({}); }), "image.wrong_size");
}

TEST(HalfBlocks, ShowsTwoPixelsPerCell) {
  const Picture picture{2, 2, 3, {1, 2, 3, 1, 2, 3, 4, 5, 6, 7, 8, 9}};
  EXPECT_EQ(half_blocks(picture, 2),
            "\x1b[38;2;1;2;3m\x1b[48;2;4;5;6m\u2580\x1b[48;2;7;8;9m\u2580\x1b[0m\n");
}

TEST(HalfBlocks, KeepsTheShape) {
  const std::string text = half_blocks(patterned(100, 50, 4), 40);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 10);
  EXPECT_EQ(code_of([] { half_blocks(patterned(4, 4, 3), 0); }), "image.wrong_size");
}

}  // namespace
}  // namespace newbie::image
