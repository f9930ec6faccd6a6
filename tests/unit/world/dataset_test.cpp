#include "world/dataset.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json.h"
#include "image/png.h"
#include "support/program.h"
#include "world/scene_prompt.h"
#include "world/sheet.h"

namespace newbie::world {
namespace {

DatasetOptions small_set(int threads) {
  DatasetOptions options;
  options.count = 6;
  options.seed = 3;
  options.side = 96;
  options.aspects = {"1:1", "2:3"};
  options.parts = true;
  options.threads = threads;
  return options;
}

TEST(Dataset, IsTheSameBytesForAnyNumberOfThreads) {
  const test::TemporaryFolder one, many;
  write_dataset(one.path(), small_set(1));
  write_dataset(many.path(), small_set(3));
  size_t files = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(one.path())) {
    if (!entry.is_regular_file()) continue;
    ++files;
    const auto name = std::filesystem::relative(entry.path(), one.path());
    EXPECT_EQ(test::slurp(entry.path()), test::slurp(many.path() / name)) << name;
  }
  EXPECT_EQ(files, 6 * 3 + 1u);
}

TEST(Dataset, MetadataTellsWhatIsInThePictures) {
  const test::TemporaryFolder folder;
  write_dataset(folder.path(), small_set(2));
  const std::string lines = test::slurp(folder.path() / "metadata.jsonl");
  size_t begin = 0;
  for (uint64_t i = 0; i < 6; ++i) {
    const size_t end = lines.find('\n', begin);
    ASSERT_NE(end, std::string::npos);
    const Json line = Json::parse(lines.substr(begin, end - begin));
    begin = end + 1;
    const image::Picture picture = image::read_png(folder.path() / line["file_name"]);
    EXPECT_EQ(picture.width, line["width"]);
    EXPECT_EQ(picture.height, line["height"]);
    EXPECT_EQ(line["captions"].size(), 4u);
    // The prompt and the seed make the picture and its truth again.
    const ReadScene read = read_scene(line["text"], line["seed"]);
    const Rendering drawn = render(read.scene, line["seed"], {picture.width, picture.height});
    EXPECT_EQ(drawn.picture, picture);
    for (size_t k = 0; k < drawn.boxes.size(); ++k) {
      const Box& box = drawn.boxes[k];
      EXPECT_EQ(line["characters"][k]["box"], (Json{box.left, box.top, box.right, box.bottom}));
    }
    const std::string stem = std::filesystem::path(std::string(line["file_name"])).stem();
    const image::Picture parts = image::read_png(folder.path() / "parts" / (stem + ".png"));
    for (size_t p = 0; p < drawn.parts.size(); ++p) {
      ASSERT_EQ(parts.pixels[p * static_cast<size_t>(parts.channels)], drawn.parts[p]);
    }
    EXPECT_EQ(test::slurp(folder.path() / "1_world" / (stem + ".txt")), line["captions"][0]);
  }
  EXPECT_EQ(begin, lines.size());
}

TEST(Dataset, PiecesFitTogether) {
  const test::TemporaryFolder whole, piece;
  DatasetOptions options = small_set(1);
  write_dataset(whole.path(), options);
  options.first = 4;
  options.count = 2;
  write_dataset(piece.path(), options);
  EXPECT_EQ(test::slurp(whole.path() / "1_world/000005.png"),
            test::slurp(piece.path() / "1_world/000005.png"));
  EXPECT_FALSE(std::filesystem::exists(piece.path() / "1_world/000003.png"));
}

TEST(Dataset, StopsWhenCancelledAndTellsItsProgress) {
  const test::TemporaryFolder folder;
  uint64_t last = 0;
  write_dataset(folder.path(), small_set(1), [&](uint64_t done) { last = done; });
  EXPECT_EQ(last, 6u);
  const CancelToken cancel;
  const test::TemporaryFolder stopped;
  const auto stop_at_two = [&](uint64_t done) {
    if (done == 2) cancel.request();
  };
  EXPECT_THROW(write_dataset(stopped.path(), small_set(1), stop_at_two, cancel), Error);
  EXPECT_FALSE(std::filesystem::exists(stopped.path() / "metadata.jsonl"));
}

TEST(Sheet, HoldsAPicturePerCell) {
  SheetOptions options;
  options.count = 5;
  options.columns = 3;
  options.size = {64, 64};
  const image::Picture sheet = sample_sheet(options);
  EXPECT_EQ(sheet.width, 3 * 64 + 4 * 4);
  EXPECT_EQ(sheet.height, 2 * 64 + 3 * 4);
  const image::Picture vocabulary = vocabulary_sheet(1, 64, 2);
  EXPECT_EQ(vocabulary.width, 10 * 64 + 11 * 4) << "the longest attribute has ten values";
  EXPECT_EQ(vocabulary.height, 15 * 64 + 16 * 4) << "a row per attribute";
}

}  // namespace
}  // namespace newbie::world
