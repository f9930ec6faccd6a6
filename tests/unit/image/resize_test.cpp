#include "image/resize.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "base/json.h"
#include "image/png.h"
#include "support.h"

namespace newbie::image {
namespace {

Filter filter_named(const std::string& name) {
  if (name == "box") return Filter::box;
  return name == "bicubic" ? Filter::bicubic : Filter::lanczos;
}

/// What is seen of a sample: a colour weighs as much as its alpha.
double visible(const std::vector<uint8_t>& pixels, size_t i, size_t channels) {
  const size_t channel = i % channels;
  return channels == 4 && channel < 3 ? pixels[i] * pixels[i - channel + 3] / 255.0 : pixels[i];
}

/// Pillow rounds to 8 bits between the two passes as well, and for RGBA before and after them.
TEST(Resize, AgreesWithPillow) {
  const Json rows = parse_json(read_file(image_data("resize.json")), "resize.json").value();
  ASSERT_EQ(rows.size(), 24u);
  for (const Json& row : rows) {
    const std::string label = row["picture"].get<std::string>() + " " +
                              row["filter"].get<std::string>() + " " + row["width"].dump();
    const Picture from = read_png(image_data(row["picture"].get<std::string>() + ".png"));
    const Picture to = resize(from, row["width"], row["height"], filter_named(row["filter"]));
    const auto expected = row["pixels"].get<std::vector<uint8_t>>();
    ASSERT_EQ(to.pixels.size(), expected.size()) << label;
    for (size_t i = 0; i < expected.size(); ++i) {
      const size_t channels = static_cast<size_t>(to.channels);
      ASSERT_NEAR(visible(to.pixels, i, channels), visible(expected, i, channels),
                  channels == 4 ? 3 : 1)
          << label << " at " << i;
    }
  }
}

TEST(Resize, KeepsConstantsAndEqualSizes) {
  Picture grey = Picture::blank(9, 5, 3);
  std::fill(grey.pixels.begin(), grey.pixels.end(), 77);
  for (Filter filter : {Filter::box, Filter::bicubic, Filter::lanczos}) {
    for (uint8_t level : resize(grey, 4, 17, filter).pixels) EXPECT_EQ(level, 77);
  }
  const Picture same = patterned(6, 6, 4);
  EXPECT_EQ(resize(same, 6, 6, Filter::lanczos), same);
}

TEST(Resize, DoesNotBleedInvisibleColours) {
  const Picture rgba{2, 1, 4, {200, 0, 0, 255, 0, 255, 0, 0}};
  EXPECT_EQ(resize(rgba, 1, 1, Filter::box).pixels, (std::vector<uint8_t>{200, 0, 0, 128}));
}

TEST(Resize, RefusesEmptyTargets) {
  const Picture picture = patterned(4, 4, 3);
  EXPECT_EQ(code_of([&] { resize(picture, 0, 4, Filter::box); }), "image.wrong_size");
  EXPECT_EQ(code_of([&] { resize(picture, 4, 1 << 21, Filter::box); }), "image.wrong_size");
  EXPECT_EQ(code_of([&] { cover(picture, -1, 4, Filter::box); }), "image.wrong_size");
}

TEST(Cover, CutsTheMiddleOut) {
  const Picture row{4, 1, 1, {10, 20, 30, 40}};
  EXPECT_EQ(cover(row, 2, 1, Filter::box).pixels, (std::vector<uint8_t>{20, 30}));
  const Picture column{1, 4, 1, {10, 20, 30, 40}};
  EXPECT_EQ(cover(column, 1, 2, Filter::box).pixels, (std::vector<uint8_t>{20, 30}));
}

TEST(MaskAt, AveragesTheAreaBelowEachCell) {
  Picture mask = Picture::blank(16, 8, 1);
  for (int64_t y = 0; y < 8; ++y) std::fill_n(mask.row(y), 4, uint8_t{255});
  EXPECT_EQ(mask_at(mask, 2, 1), (std::vector<float>{0.5f, 0}));
  EXPECT_EQ(mask_at(mask, 4, 2), (std::vector<float>{1, 0, 0, 0, 1, 0, 0, 0}));
}

}  // namespace
}  // namespace newbie::image
