// Grids, comparisons and watched files.
#include <gmock/gmock.h>
#include <poll.h>

#include "base/file.h"
#include "support/program.h"
#include "unit/workbench/support.h"
#include "workbench/comparison.h"
#include "workbench/file_watch.h"
#include "workbench/labelled_grid.h"

namespace newbie::workbench {
namespace {

using test::code_of;
using test::picture_with;
using test::record_json;
using ::testing::HasSubstr;

image::Picture flat(int64_t width, int64_t height, uint8_t level) {
  image::Picture picture = image::Picture::blank(width, height);
  std::ranges::fill(picture.pixels, level);
  return picture;
}

size_t count(const image::Picture& picture, uint8_t level) {
  size_t found = 0;
  for (size_t i = 0; i < picture.pixels.size(); i += 3) {
    const auto* p = &picture.pixels[i];
    if (p[0] == level && p[1] == level && p[2] == level) ++found;
  }
  return found;
}

TEST(Grid, EveryCellIsThereAtItsSize) {
  LabelledGrid grid;
  grid.title = "title";
  grid.columns = {"a", "b"};
  grid.rows = {"one", "two"};
  grid.cells = {flat(50, 40, 1), flat(50, 40, 2), flat(30, 20, 3), flat(50, 40, 4)};
  const image::Picture sheet = draw_grid(grid);
  for (uint8_t level : {1, 2, 4}) EXPECT_EQ(count(sheet, level), 50u * 40) << int{level};
  EXPECT_EQ(count(sheet, 3), 30u * 20);
  EXPECT_EQ(draw_grid(grid), sheet);
  grid.rows = {"one", "another"};
  EXPECT_NE(draw_grid(grid), sheet) << "labels are drawn";
}

TEST(Grid, PicturesShrinkAndGapsStayFree) {
  LabelledGrid grid;
  grid.columns = {"a", "b"};
  grid.cells = {flat(400, 200, 1), image::Picture{}};
  grid.longest_side = 100;
  EXPECT_EQ(count(draw_grid(grid), 1), 100u * 50);
  grid.cells.clear();
  EXPECT_EQ(code_of([&] { draw_grid(grid); }), "image.wrong_size");
}

TEST(Grid, OneLongRowIsBrokenIntoLinesWithTheirNames) {
  LabelledGrid grid;
  for (uint8_t i = 0; i < 12; ++i) {
    grid.columns.push_back(std::string(1, static_cast<char>('a' + i)));
    grid.cells.push_back(flat(60, 60, i));
  }
  const image::Picture sheet = draw_grid(grid);
  EXPECT_LT(sheet.width, 7 * 60 + 7 * 20) << "two lines of six, not twelve in a row";
  for (uint8_t i = 1; i < 12; ++i) EXPECT_EQ(count(sheet, i), 60u * 60) << int{i};
  grid.columns.back() = "other";
  EXPECT_NE(draw_grid(grid), sheet) << "names of the second line are drawn";
  grid.rows = {"named"};
  EXPECT_GT(draw_grid(grid).width, 12 * 60) << "a row with a name stays one";
}

class Compare : public ::testing::Test {
 protected:
  ComparedPicture put(const std::string& name, const GeneratedImage& picture) {
    write_file(folder_.path() / name, picture.png);
    return read_compared((folder_.path() / name).string());
  }
  test::TemporaryFolder folder_;
};

TEST_F(Compare, PicturesAndRecipes) {
  GenerateRequest before, after;
  before.prompt = "<character_1><n>A</n><appearance>red_hair</appearance></character_1>";
  after.prompt = "<character_1><n>A</n><appearance>blue_hair</appearance></character_1>";
  after.cfg = 6;
  Json other = record_json(after);
  other["weights"]["vae/a.safetensors"] = "9";
  const auto a = put("a.png", picture_with(record_json(before), 100));
  const auto b = put("b.png", picture_with(other, 110));
  const Comparison comparison = compare(a, b);
  EXPECT_FALSE(comparison.same_pixels);
  EXPECT_NEAR(comparison.measures->psnr, 28.13, 0.01);
  EXPECT_EQ(comparison.measures->largest, 10);
  ASSERT_EQ(comparison.prompt.size(), 1u + 1u);
  ASSERT_EQ(comparison.others.size(), 2u);
  const std::string text = describe(comparison, prompt::DiffColour::off);
  EXPECT_THAT(text, HasSubstr("PSNR 28.13 dB"));
  EXPECT_THAT(text, HasSubstr("character_1.appearance: - red_hair + blue_hair"));
  EXPECT_THAT(text, HasSubstr("cfg: auto -> 6"));
  EXPECT_THAT(text, HasSubstr("weights vae/a.safetensors: 1111111111111111 -> 9"));
  const Json json = Json::parse(comparison_json(a, b, comparison));
  EXPECT_EQ(json["recipes"]["prompt"].size(), comparison.prompt.size());
  EXPECT_NEAR(json["measures"]["psnr_db"].get<double>(), 28.13, 0.01);
  EXPECT_GT(side_by_side(a, b, comparison).width, 24);
}

TEST_F(Compare, EqualPictures) {
  const auto a = put("a.png", picture_with(record_json()));
  const Comparison comparison = compare(a, a);
  EXPECT_TRUE(comparison.same_pixels);
  EXPECT_EQ(describe(comparison, prompt::DiffColour::off),
            "same pixels\nthe recipes are the same\n");
  EXPECT_TRUE(Json::parse(comparison_json(a, a, comparison))["measures"]["psnr_db"].is_null());
}

TEST_F(Compare, OtherSizesAndOtherProgramsPictures) {
  GeneratedImage foreign;
  foreign.png = image::encode_png(flat(3, 3, 0));
  const Comparison comparison =
      compare(put("a.png", picture_with(record_json())), put("b.png", foreign));
  EXPECT_FALSE(comparison.measures.has_value());
  const std::string text = describe(comparison, prompt::DiffColour::off);
  EXPECT_THAT(text, HasSubstr("different sizes"));
  EXPECT_THAT(text, HasSubstr("not both hold a recipe"));
}

bool told(FileWatch& watch) {
  pollfd input{watch.descriptor(), POLLIN, 0};
  return ::poll(&input, 1, 2000) > 0 && watch.saved();
}

TEST(Watch, SavesInPlaceAndByRenamingAreHeard) {
  const test::TemporaryFolder folder;
  const auto file = folder.path() / "p.xml";
  FileWatch watch(file);
  EXPECT_FALSE(watch.saved());
  write_file(file, "one");  // by renaming
  EXPECT_TRUE(told(watch));
  EXPECT_FALSE(watch.saved()) << "once per save";
  if (std::FILE* in_place = std::fopen(file.c_str(), "w")) {
    std::fputs("two", in_place);
    std::fclose(in_place);
  }
  EXPECT_TRUE(told(watch));
}

TEST(Watch, OtherFilesAndUnchangedSavesCountForNothing) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "p.xml", "same");
  FileWatch watch(folder.path() / "p.xml");
  write_file(folder.path() / "other.xml", "x");
  EXPECT_FALSE(told(watch));
  write_file(folder.path() / "p.xml", "same");
  EXPECT_FALSE(told(watch));
  EXPECT_EQ(code_of([] { FileWatch nowhere("/no/such/folder/p.xml"); }), "file.unwatchable");
}

}  // namespace
}  // namespace newbie::workbench
