// Weights, isolation, explanations and line enhancement through the real program.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/json.h"
#include "image/line_enhance.h"
#include "image/png.h"
#include "support/golden_folder.h"
#include "support/program.h"

namespace newbie::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kTwo =
    "<character_1>\n<n>miku</n>\n<appearance>blue_hair, long_hair</appearance>\n"
    "<position>left</position>\n</character_1>\n<character_2>\n<n>rin</n>\n"
    "<appearance>(blonde_hair:1.0), short_hair</appearance>\n<position>right</position>\n"
    "</character_2>\n<general_tags>\n<style>anime</style>\n</general_tags>\n";

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  return text.replace(text.find(what), what.size(), by);
}

class Conditioned : public ::testing::Test {
 protected:
  ProgramResult run(const std::string& out, const std::string& prompt,
                    std::vector<std::string> more = {}) {
    std::ofstream(at("prompt.xml")) << prompt;
    std::vector<std::string> all{NEWBIE_PROGRAM,
                                 "generate",
                                 "-f",
                                 at("prompt.xml").string(),
                                 "--quiet",
                                 "--model",
                                 golden_model_folder().string(),
                                 "--out",
                                 at(out).string(),
                                 "--width",
                                 "64",
                                 "--height",
                                 "48",
                                 "--steps",
                                 "3"};
    all.insert(all.end(), more.begin(), more.end());
    auto result = run_program(all);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result;
  }
  std::vector<uint8_t> pixels(const std::string& prompt, std::vector<std::string> more = {}) {
    run("p.png", prompt, std::move(more));
    return image::read_png(at("p.png")).pixels;
  }
  Json recipe(const std::string& name) const {
    return parse_json(image::read_png_metadata(at(name)).at("newbie"), "recipe").value();
  }
  fs::path at(const std::string& name) const { return folder_.path() / name; }

  TemporaryFolder folder_;
};

TEST_F(Conditioned, WeightsActAndOneDoesNot) {
  const auto plain = pixels(replaced(kTwo, "(blonde_hair:1.0)", "blonde_hair"));
  EXPECT_EQ(pixels(kTwo), plain);
  const std::string half = replaced(kTwo, ":1.0", ":0.5");
  const auto scaled = pixels(half);
  EXPECT_NE(scaled, plain);
  EXPECT_EQ(pixels(half, {"--weight-mode", "off"}), plain);
  for (const char* mode : {"mean", "empty", "compel"}) {
    const auto other = pixels(half, {"--weight-mode", mode});
    EXPECT_NE(other, plain) << mode;
    EXPECT_NE(other, scaled) << mode;
    EXPECT_EQ(recipe("p.png")["request"]["weight_mode"], mode);
  }
  EXPECT_EQ(run("p.png", half).err, "") << "nobody warns that weights do nothing";
}

TEST_F(Conditioned, IsolationActsAndOffIsNotThere) {
  const auto off = pixels(kTwo);
  EXPECT_EQ(pixels(kTwo, {"--isolation", "text", "--isolation-strength", "0"}), off);
  const auto text = pixels(kTwo, {"--isolation", "text"});
  const auto region = pixels(kTwo, {"--isolation", "region"});
  EXPECT_NE(text, off);
  EXPECT_NE(region, text);
  EXPECT_EQ(pixels(kTwo, {"--isolation", "region", "--isolation-release", "0"}), text)
      << "released before the first step";
  EXPECT_NE(pixels(kTwo, {"--isolation", "text", "--isolation-depth", "joint"}), text);
  EXPECT_EQ(recipe("p.png")["request"]["isolation_depth"], "joint");
}

TEST_F(Conditioned, APictureOfAnIsolatedBatchIsThePictureAlone) {
  const std::vector<std::string> region{"--isolation", "region", "--seed", "5"};
  auto batch = region;
  batch.insert(batch.end(), {"--count", "2", "--batch", "2"});
  run("b-{seed}.png", kTwo, batch);
  run("alone.png", kTwo, {"--isolation", "region", "--seed", "6"});
  EXPECT_TRUE(slurp(at("b-6.png")) == slurp(at("alone.png")));
}

TEST_F(Conditioned, ExplainingWritesMapsAndLeavesThePictureAlone) {
  for (const char* dtype : {"f32", "bf16"}) {
    run("plain.png", kTwo, {"--dtype", dtype});
    run("explained.png", kTwo,
        {"--dtype", dtype, "--explain", at("why").string(), "--explain-tags"});
    EXPECT_TRUE(slurp(at("plain.png")) == slurp(at("explained.png"))) << dtype;

    const Json maps = parse_json(slurp(at("why") / "maps.json"), "maps.json").value();
    EXPECT_EQ(maps["shape"][0], 4);
    EXPECT_EQ(maps["shape"][1], maps["nodes"].size());
    for (const Json& node : maps["nodes"]) {
      EXPECT_TRUE(fs::exists(at("why") / node["overlay"].get<std::string>()));
      const double share = node["share"]["whole"];
      EXPECT_GT(share, 0) << node["path"];
      EXPECT_LT(share, 1) << node["path"];
    }
    EXPECT_EQ(maps["nodes"][0]["path"], "character_1");
    EXPECT_EQ(maps["nodes"][3]["path"], "character_1.appearance");
    // The parts of a character hold no more than the character.
    EXPECT_LT(maps["nodes"][3]["share"]["whole"].get<double>(),
              maps["nodes"][0]["share"]["whole"].get<double>());
    ASSERT_EQ(maps["leakage"].size(), 2u);
    EXPECT_EQ(maps["leakage"][0]["region_from"], "position");
    EXPECT_TRUE(slurp(at("why") / "picture.png").size() > 100);
    EXPECT_NE(slurp(at("why") / "index.html").find("blonde_hair"), std::string::npos);
  }
}

TEST_F(Conditioned, RegionsStopLeakage) {
  // With all the picture held back outside their places, characters get no attention there.
  run("p.png", kTwo,
      {"--isolation", "region", "--isolation-border", "0", "--isolation-release", "1", "--explain",
       at("why").string()});
  const Json held = parse_json(slurp(at("why") / "maps.json"), "maps.json").value();
  // The exponential of a hidden score is the smallest number, not always 0.
  EXPECT_LT(held["leakage"][0]["inside"]["character_2"].get<double>(), 1e-30);
  EXPECT_LT(held["leakage"][1]["inside"]["character_1"].get<double>(), 1e-30);
  EXPECT_NEAR(held["leakage"][0]["inside"]["character_1"].get<double>(), 1, 1e-6);
  run("p.png", kTwo, {"--explain", at("why").string()});
  const Json open = parse_json(slurp(at("why") / "maps.json"), "maps.json").value();
  EXPECT_GT(open["leakage"][0]["inside"]["character_2"].get<double>(), 0.05);
}

TEST_F(Conditioned, EachPictureOfABatchHasItsOwnExplanation) {
  run("b-{seed}.png", kTwo,
      {"--seed", "5", "--count", "3", "--batch", "2", "--explain", at("why").string()});
  run("alone.png", kTwo, {"--seed", "6", "--explain", at("one").string()});
  for (const char* seed : {"seed-5", "seed-6", "seed-7"}) {
    EXPECT_TRUE(fs::exists(at("why") / seed / "index.html")) << seed;
  }
  EXPECT_TRUE(slurp(at("why") / "seed-6" / "maps.npy") == slurp(at("one") / "maps.npy"));
  EXPECT_FALSE(slurp(at("why") / "seed-5" / "maps.npy") == slurp(at("one") / "maps.npy"));
}

TEST_F(Conditioned, LinesBecomeCrisperOnRequest) {
  run("plain.png", kTwo);
  const auto plain = image::read_png(at("plain.png"));
  EXPECT_EQ(pixels(kTwo, {"--line-enhance", "0"}), plain.pixels);
  EXPECT_EQ(pixels(kTwo, {"--line-enhance", "0.7"}), image::enhance_lines(plain, 0.7).pixels);
}

}  // namespace
}  // namespace newbie::test
