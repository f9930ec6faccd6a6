// Buckets, order, files and the check before training.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "image/image.h"
#include "image/png.h"
#include "support.h"
#include "support/program.h"
#include "train/data/buckets.h"
#include "train/data/captions.h"
#include "train/data/check.h"
#include "train/data/dataset.h"
#include "train/data/files.h"
#include "train/data/order.h"
#include "train/data/random.h"
#include "train/data/source.h"
#include "train/objective/batches.h"
#include "train/recipe/recipe.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;

image::Picture plain(int64_t width, int64_t height, uint8_t level) {
  image::Picture picture = image::Picture::blank(width, height);
  std::fill(picture.pixels.begin(), picture.pixels.end(), level);
  return picture;
}

TEST(Buckets, FiveOfUpstreamsTrainer) {
  const std::vector<Bucket> expected{
      {1024, 1024}, {832, 1152}, {1152, 832}, {768, 1344}, {1344, 768}};
  EXPECT_EQ(bucket_list("five", 1024), expected);
}

TEST(Buckets, UpstreamsCropListKeepsAreaAndShape) {
  const auto buckets = bucket_list("upstream", 1024);
  EXPECT_GT(buckets.size(), 10u);
  for (const Bucket& bucket : buckets) {
    EXPECT_LE(bucket.width * bucket.height, 1024 * 1024);
    EXPECT_LE(std::max(bucket.width, bucket.height), 4 * std::min(bucket.width, bucket.height));
    EXPECT_EQ(bucket.width / 32 % 2 + bucket.height / 32 % 2, 0);
  }
  EXPECT_NE(std::find(buckets.begin(), buckets.end(), Bucket{1024, 1024}), buckets.end());
}

TEST(Buckets, FitTheGridAtEverySize) {
  for (const char* kind : {"five", "upstream", "world", "none"}) {
    for (const int64_t resolution : {64, 256, 384, 1024}) {
      const auto buckets = bucket_list(kind, resolution);
      ASSERT_FALSE(buckets.empty()) << kind << resolution;
      for (const Bucket& bucket : buckets) {
        EXPECT_TRUE(bucket.width % 16 == 0 && bucket.height % 16 == 0 && bucket.width > 0);
      }
    }
  }
}

TEST(Buckets, NearestIsTheNearestShape) {
  const auto buckets = bucket_list("five", 1024);
  EXPECT_EQ(buckets[nearest_bucket(buckets, 500, 500)], (Bucket{1024, 1024}));
  EXPECT_EQ(buckets[nearest_bucket(buckets, 3000, 4000)], (Bucket{832, 1152}));
  EXPECT_EQ(buckets[nearest_bucket(buckets, 1920, 1080)], (Bucket{1344, 768}));
}

TEST(BatchOrder, EveryEpochShowsEverythingOnce) {
  BatchOrder order({{0, 1, 2, 3, 4}, {5, 6}, {}}, 2, 1);
  EXPECT_EQ(order.batches_per_epoch(), 4);  // 3 of the first bucket, 1 of the second
  for (int64_t epoch = 0; epoch < 3; ++epoch) {
    std::multiset<int64_t> seen;
    for (int64_t i = 0; i < 4; ++i) {
      const Batch batch = order.at(epoch * 4 + i);
      EXPECT_LE(batch.examples.size(), 2u);
      for (const int64_t example : batch.examples) {
        EXPECT_EQ(batch.bucket, example < 5 ? 0u : 1u);
        seen.insert(example);
      }
    }
    EXPECT_EQ(seen, (std::multiset<int64_t>{0, 1, 2, 3, 4, 5, 6}));
  }
}

TEST(BatchOrder, DependsOnSeedAndPassAlone) {
  std::vector<int64_t> all(100);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<int64_t>(i);
  BatchOrder forward({all}, 4, 9), jumping({all}, 4, 9), other({all}, 4, 10);
  std::vector<std::vector<int64_t>> seen;
  for (int64_t pass = 0; pass < 60; ++pass) seen.push_back(forward.at(pass).examples);
  EXPECT_EQ(jumping.at(59).examples, seen[59]);
  EXPECT_EQ(jumping.at(3).examples, seen[3]);
  EXPECT_NE(other.at(3).examples, seen[3]);
  EXPECT_NE(seen[0], seen[25]) << "the second epoch has another order";
}

TEST(DealtByLength, ABatchHoldsLikeLengthsAsTheyCame) {
  const std::vector<size_t> lengths{9, 1, 5, 4, 8, 2, 3, 7, 6, 0};
  const auto batches = dealt_by_length(lengths, 4);
  EXPECT_EQ(batches, (std::vector<std::vector<size_t>>{{1, 5, 6, 9}, {2, 3, 7, 8}, {0, 4}}));
}

TEST(RandomOrder, IsAFairShuffle) {
  std::vector<int> first(5);
  for (uint32_t round = 0; round < 2000; ++round) {
    ++first[static_cast<size_t>(random_order(3, Purpose::order, round, 5)[0])];
  }
  for (const int count : first) EXPECT_NEAR(count, 400, 80);  // four standard deviations
}

class Files : public ::testing::Test {
 protected:
  void picture(const std::string& name, const image::Picture& pixels) {
    fs::create_directories((folder_.path() / name).parent_path());
    image::write_png(folder_.path() / name, pixels);
  }
  void text(const std::string& name, const std::string& contents) {
    fs::create_directories((folder_.path() / name).parent_path());
    std::ofstream(folder_.path() / name, std::ios::binary) << contents;
  }
  /// "code file" of every finding.
  std::vector<std::string> findings(const std::vector<FoundPicture>& found) {
    checked_ = check_files(found, &compiler_, {.smallest = 16});
    std::vector<std::string> out;
    for (const DataFinding& finding : checked_.findings) {
      out.push_back(finding.code + " " + finding.file);
    }
    return out;
  }

  test::TemporaryFolder folder_;
  CaptionCompiler compiler_{CaptionsSection{}};
  CheckedFiles checked_;
};

TEST_F(Files, FindsPicturesCaptionsAndRepeats) {
  picture("b.png", plain(20, 20, 1));
  text("b.txt", "1girl, solo\n");
  picture("20_name/a.png", plain(20, 20, 2));
  text("20_name/a.caption", "1boy\n");
  picture("20_name/deep/c.png", plain(20, 20, 3));
  text("20_name/deep/c.xml", "<character_1><n>x</n></character_1>");
  text("20_name/deep/c.txt", "other");
  picture(".hidden/d.png", plain(20, 20, 4));
  text("notes.txt", "no picture of this name");
  const auto found = find_pictures(folder_.path());
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].name, "20_name/a.png");
  EXPECT_EQ(found[0].repeats, 20);
  EXPECT_EQ(found[0].captions, std::vector<std::string>{"1boy"});
  EXPECT_EQ(found[1].name, "20_name/deep/c.png");
  EXPECT_EQ(found[1].repeats, 20);
  EXPECT_TRUE(found[1].captions[0].starts_with("<character_1>"));
  EXPECT_EQ(found[1].passed_over.size(), 1u);
  EXPECT_EQ(found[2].repeats, 1);
  EXPECT_EQ(code_of([&] { find_pictures(folder_.path() / "nowhere"); }), "data.no_folder");
}

TEST_F(Files, ReadsLists) {
  text("list.jsonl",
       "{\"image_path\": \"a.png\", \"super_high_quality_caption\": \"one\"}\n\n"
       "{\"path\": \"b.png\", \"captions\": [\"x\", \"y\"], \"repeats\": 3}\n"
       "{\"file_name\": \"c.png\"}\n");
  const auto found = read_jsonl(folder_.path() / "list.jsonl");
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].path, folder_.path() / "a.png");
  EXPECT_EQ(found[0].captions, std::vector<std::string>{"one"});
  EXPECT_EQ(found[1].captions, (std::vector<std::string>{"x", "y"}));
  EXPECT_EQ(found[1].repeats, 3);
  EXPECT_TRUE(found[2].captions.empty());
  for (const char* line :
       {"{\"caption\": \"no path\"}", "[1]", "{broken", "{\"path\":\"a\",\"repeats\":0}",
        "{\"path\":\"a\",\"captions\":[1]}", "{\"path\":\"a\",\"text\":5}"}) {
    text("bad.jsonl", std::string("{\"path\": \"a.png\"}\n") + line + "\n");
    try {
      read_jsonl(folder_.path() / "bad.jsonl");
      ADD_FAILURE() << line;
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), "data.bad_line") << line;
      EXPECT_TRUE(error.places().front().ends_with("bad.jsonl, line 2")) << line;
    }
  }
}

TEST_F(Files, CheckNamesEverythingThatIsWrong) {
  picture("good.png", plain(20, 20, 1));
  text("good.txt", "1girl");
  picture("tiny.png", plain(20, 8, 2));
  text("tiny.txt", "1girl");
  picture("zcopy.png", plain(20, 20, 1));
  text("zcopy.txt", "1girl");
  text("broken.png", "not a picture");
  text("broken.txt", "1girl");
  picture("silent.png", plain(20, 20, 3));
  picture("blank.png", plain(20, 20, 4));
  text("blank.txt", " \n");
  picture("latin.png", plain(20, 20, 5));
  text("latin.txt", "caf\xe9");
  picture("two.png", plain(20, 20, 6));
  text("two.txt", "1girl");
  text("two.caption", "1boy");
  EXPECT_EQ(findings(find_pictures(folder_.path())),
            (std::vector<std::string>{"data.no_caption blank.png", "data.unreadable broken.png",
                                      "data.not_utf8 latin.png", "data.no_caption silent.png",
                                      "data.tiny tiny.png", "data.two_captions two.png",
                                      "data.duplicate zcopy.png"}));
  EXPECT_TRUE(checked_.has_errors());
  ASSERT_EQ(checked_.examples->size(), 3) << "blank, good and two";
  EXPECT_EQ(checked_.examples->info(1).name, "good.png");
  EXPECT_EQ(checked_.examples->caption(2, 5), "1girl");
  const std::string text = to_text(checked_.findings, 8);
  EXPECT_NE(text.find("error[data.duplicate]: zcopy.png: the same bytes as good.png"),
            std::string::npos);
  EXPECT_NE(text.find("8 pictures, 5 errors, 2 warnings"), std::string::npos) << text;
}

TEST_F(Files, SamplePromptsAreCheckedBeforeTheRun) {
  picture("a.png", plain(20, 20, 1));
  text("a.txt", "1girl");
  Recipe recipe = default_recipe(Kind::lora);
  recipe.data.resize(1);
  recipe.data[0].path = folder_.path().string();
  recipe.pictures.smallest = 16;
  recipe.samples.prompts = {"1girl", "<caption>a"};
  EXPECT_FALSE(open_data(recipe).has_errors()) << "nothing is drawn from them";
  recipe.samples.every = 5;
  const OpenedData data = open_data(recipe);
  ASSERT_EQ(data.findings.size(), 1u);
  EXPECT_EQ(data.findings[0].code, "data.bad_sample");
  EXPECT_EQ(data.findings[0].file, "samples.prompts[1]");
  EXPECT_TRUE(data.has_errors());
}

TEST_F(Files, CaptionsPassThroughThePromptLanguage) {
  picture("a.png", plain(20, 20, 1));
  text("a.xml", "<character_1><n>x</n>");
  const auto found = find_pictures(folder_.path());
  EXPECT_EQ(findings(found), std::vector<std::string>{"data.bad_caption a.png"});
  EXPECT_TRUE(checked_.has_errors());
  checked_ = check_files(found, &compiler_, {.smallest = 16, .lenient = true});
  EXPECT_FALSE(checked_.has_errors());
  EXPECT_EQ(checked_.examples->size(), 1);
}

TEST_F(Files, LinksThatLeadNowhereOrBackAreNamed) {
  picture("a/good.png", plain(20, 20, 1));
  text("a/good.txt", "1girl");
  fs::create_symlink("nowhere.png", folder_.path() / "a/lost.png");
  text("a/lost.txt", "1girl");
  EXPECT_EQ(findings(find_pictures(folder_.path())),
            std::vector<std::string>{"data.unreadable a/lost.png"});
  fs::create_directory_symlink(folder_.path(), folder_.path() / "a/back");
  EXPECT_EQ(code_of([&] { find_pictures(folder_.path()); }), "data.no_folder");
}

TEST_F(Files, ACopyWithoutACaptionIsNamedAsBoth) {
  picture("good.png", plain(20, 20, 1));
  text("good.txt", "1girl");
  picture("zcopy.png", plain(20, 20, 1));
  EXPECT_EQ(findings(find_pictures(folder_.path())),
            (std::vector<std::string>{"data.no_caption zcopy.png", "data.duplicate zcopy.png"}));
}

TEST_F(Files, NothingIsAnError) {
  EXPECT_EQ(findings({}), std::vector<std::string>{"data.empty "});
  EXPECT_TRUE(checked_.has_errors());
}

TEST(Captions, AreCompiledAsPromptsAre) {
  const CaptionCompiler compiler(CaptionsSection{.system_prompt = "none"});
  const CaptionTexts tags = compiler("1girl, solo");
  EXPECT_EQ(tags.gemma, "1girl, solo");
  EXPECT_EQ(tags.clip, "1girl, solo");
  const CaptionTexts xml =
      compiler("<character_1>\n  <appearance>blue_hair</appearance></character_1>");
  EXPECT_NE(xml.gemma.find("<appearance>blue_hair</appearance>"), std::string::npos);
  EXPECT_EQ(compiler.empty().gemma, "");
  const CaptionCompiler with(CaptionsSection{});
  EXPECT_GT(with("1girl").gemma.size(), with("1girl").clip.size()) << "a system prompt in front";
}

TEST(JoinedDataset, CountsThrough) {
  class Fixed final : public Dataset {
   public:
    Fixed(std::string name, int64_t size) : name_(std::move(name)), size_(size) {}
    int64_t size() const override { return size_; }
    ExampleInfo info(int64_t i) const override { return {name_ + std::to_string(i), 1, 1, 0, 1}; }
    image::Picture picture(int64_t) const override { return plain(1, 1, 0); }
    std::string caption(int64_t i, uint32_t) const override { return info(i).name; }

   private:
    std::string name_;
    int64_t size_;
  };
  std::vector<std::unique_ptr<Dataset>> parts;
  parts.push_back(std::make_unique<Fixed>("a", 2));
  parts.push_back(std::make_unique<Fixed>("b", 0));
  parts.push_back(std::make_unique<Fixed>("c", 3));
  const JoinedDataset joined(std::move(parts));
  EXPECT_EQ(joined.size(), 5);
  EXPECT_EQ(joined.info(1).name, "a1");
  EXPECT_EQ(joined.caption(2, 0), "c0");
  EXPECT_EQ(joined.caption(4, 0), "c2");
}

}  // namespace
}  // namespace newbie::train
