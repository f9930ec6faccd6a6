// The real program makes pictures: what it writes, that it repeats, and how it refuses.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>

#include "base/json.h"
#include "image/png.h"
#include "io/safetensors.h"
#include "support/golden_folder.h"
#include "support/program.h"

namespace newbie::test {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPrompt = "1girl, solo, blue_hair, red_eyes, smile";

/// Arguments of a small, quick picture.
std::vector<std::string> quick(const fs::path& out, std::vector<std::string> more = {}) {
  std::vector<std::string> all{NEWBIE_PROGRAM, "generate",   kPrompt,
                               "--quiet",      "--model",    golden_model_folder().string(),
                               "--out",        out.string(), "--width",
                               "64",           "--height",   "48",
                               "--steps",      "2"};
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

class Generate : public ::testing::Test {
 protected:
  ProgramResult run(const std::string& name, std::vector<std::string> more = {}) {
    return run_program(quick(folder_.path() / name, std::move(more)));
  }
  fs::path at(const std::string& name) const { return folder_.path() / name; }
  /// No temporary or half-written file is left.
  void expect_files(size_t count) const {
    EXPECT_EQ(static_cast<size_t>(std::distance(fs::directory_iterator(folder_.path()), {})),
              count);
  }

  TemporaryFolder folder_;
};

TEST_F(Generate, WritesAPictureWithItsRecipe) {
  const auto result = run("a.png", {"--seed", "7", "--negative", "lowres", "--dtype", "f32"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, at("a.png").string() + "\n");
  const auto picture = image::read_png(at("a.png"));
  EXPECT_EQ(picture.width, 64);
  EXPECT_EQ(picture.height, 48);
  const auto texts = image::read_png_metadata(at("a.png"));
  const Json recipe = parse_json(texts.at("newbie"), "recipe").value();
  EXPECT_EQ(recipe["request"]["prompt"], kPrompt);
  EXPECT_EQ(recipe["request"]["seed"], 7);
  EXPECT_EQ(recipe["request"]["dtype"], "f32");
  EXPECT_TRUE(recipe["request"].contains("shift")) << "defaults are written out";
  EXPECT_EQ(recipe["texts"]["negative"]["jina"], "lowres");
  EXPECT_GE(recipe["weights"].size(), 4u);
  for (const char* stage : {"conditioning", "noise", "latent", "pixels"}) {
    EXPECT_EQ(recipe["hashes"][stage].get<std::string>().size(), 16u) << stage;
  }
  EXPECT_EQ(recipe["id"].get<std::string>().size(), 16u);
  EXPECT_NE(texts.at("parameters").find("Negative prompt: lowres"), std::string::npos);
  EXPECT_NE(texts.at("parameters").find("Steps: 2, Sampler: euler"), std::string::npos);
  expect_files(1);
}

TEST_F(Generate, SameBytesForEveryThreadCountAndRun) {
  for (const char* dtype : {"f32", "bf16"}) {
    std::string first;
    for (const char* threads : {"1", "2", "3", "2"}) {
      ASSERT_EQ(run("t.png", {"--threads", threads, "--dtype", dtype}).exit_code, 0);
      const std::string bytes = slurp(at("t.png"));
      if (first.empty()) first = bytes;
      EXPECT_TRUE(bytes == first) << dtype << " with " << threads << " threads";
    }
  }
}

TEST_F(Generate, APictureOfABatchIsThePictureAlone) {
  ASSERT_EQ(run("b-{seed}.png", {"--seed", "5", "--count", "3", "--batch", "3"}).exit_code, 0);
  expect_files(3);
  ASSERT_EQ(run("alone.png", {"--seed", "6"}).exit_code, 0);
  EXPECT_TRUE(slurp(at("b-6.png")) == slurp(at("alone.png")));
  EXPECT_FALSE(slurp(at("b-5.png")) == slurp(at("alone.png")));
}

TEST_F(Generate, EverySamplerAndScheduleDraws) {
  for (const char* sampler :
       {"euler", "heun", "midpoint", "rk4", "dpmpp_2m", "euler_ancestral", "res_multistep"}) {
    EXPECT_EQ(run(fmt::format("{}.png", sampler), {"--sampler", sampler}).exit_code, 0) << sampler;
  }
  for (const char* schedule : {"linear", "native", "simple", "linear_quadratic"}) {
    EXPECT_EQ(run(fmt::format("{}.png", schedule), {"--schedule", schedule}).exit_code, 0)
        << schedule;
  }
  EXPECT_EQ(run("own.png", {"--sigmas", "1,0.5,0"}).exit_code, 0);
  for (const char* rng : {"newbie", "torch-cpu", "torch-cuda"}) {
    EXPECT_EQ(run(fmt::format("{}.png", rng), {"--rng", rng}).exit_code, 0) << rng;
  }
}

TEST_F(Generate, ImageToImageAndInpainting) {
  ASSERT_EQ(run("start.png", {"--seed", "1"}).exit_code, 0);
  const std::string start = at("start.png").string();
  ASSERT_EQ(run("weak.png", {"--init", start, "--strength", "0.5", "--seed", "2"}).exit_code, 0);
  EXPECT_FALSE(slurp(at("weak.png")) == slurp(start));

  image::Picture mask{64, 48, 1, std::vector<uint8_t>(64 * 48, 0)};
  for (int64_t y = 0; y < 48; ++y) std::fill_n(mask.row(y) + 32, 32, uint8_t{255});
  image::write_png(at("mask.png"), mask);
  ASSERT_EQ(run("mended.png", {"--init", start, "--mask", at("mask.png").string(), "--seed", "3"})
                .exit_code,
            0);
  const auto before = image::read_png(start), after = image::read_png(at("mended.png"));
  bool painted = false;
  for (int64_t y = 0; y < 48; ++y) {
    EXPECT_TRUE(std::equal(before.row(y), before.row(y) + 32 * 3, after.row(y)))
        << "kept row " << y;
    painted |= !std::equal(before.row(y) + 32 * 3, before.row(y) + 64 * 3, after.row(y) + 32 * 3);
  }
  EXPECT_TRUE(painted);
}

TEST_F(Generate, TiledDecodingStaysCloseToTheWhole) {
  ASSERT_EQ(run("whole.png", {"--resolution", "128x64", "--vae-tile", "0"}).exit_code, 0);
  ASSERT_EQ(run("tiles.png", {"--resolution", "128x64", "--vae-tile", "64"}).exit_code, 0);
  EXPECT_FALSE(slurp(at("whole.png")) == slurp(at("tiles.png")));
  const auto whole = image::read_png(at("whole.png")), tiles = image::read_png(at("tiles.png"));
  ASSERT_EQ(tiles.pixels.size(), whole.pixels.size());
  double squares = 0;
  for (size_t i = 0; i < whole.pixels.size(); ++i) {
    const double distance = double{1} * tiles.pixels[i] - whole.pixels[i];
    squares += distance * distance;
  }
  // Tiles in the wrong place would be about 60 levels away; group norms per tile cost about 6.
  EXPECT_LT(std::sqrt(squares / static_cast<double>(whole.pixels.size())), 16.0);
}

TEST_F(Generate, ReadsPromptsFromFilesAndStandardInput) {
  std::ofstream(at("p.xml"))
      << "<character_1><n>$character_1$</n><gender>1girl</gender></character_1>";
  auto arguments = quick(at("f.png"));
  arguments.erase(arguments.begin() + 2);
  arguments.insert(arguments.end(), {"-f", at("p.xml").string()});
  const auto result = run_program(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json recipe =
      parse_json(image::read_png_metadata(at("f.png")).at("newbie"), "recipe").value();
  EXPECT_EQ(recipe["texts"]["positive"]["kind"], "xml");
  EXPECT_EQ(recipe["texts"]["positive"]["system_prompt"], "train-xml");
  arguments.back() = "-";
  arguments.insert(arguments.end(), {"--out", at("g.png").string()});
  ASSERT_EQ(run_program(arguments, slurp(at("p.xml"))).exit_code, 0);
}

TEST_F(Generate, APromptMayBeNamedByItsFile) {
  std::ofstream(at("p.xml"))
      << "<character_1><n>$character_1$</n><gender>1girl</gender></character_1>";
  auto arguments = quick(at("f.png"));
  arguments[2] = at("p.xml").string();
  const auto result = run_program(arguments);
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json recipe =
      parse_json(image::read_png_metadata(at("f.png")).at("newbie"), "recipe").value();
  EXPECT_EQ(recipe["texts"]["positive"]["kind"], "xml");
  arguments[2] = at("other.xml").string();
  const auto refused = run_program(arguments);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("file.missing"), std::string::npos) << refused.err;
}

/// What is refused, with the code in the message; nothing is written.
struct Refusal {
  const char* name;
  std::vector<std::string> more;
  const char* code;
  const char* says;
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class Refused : public Generate, public ::testing::WithParamInterface<Refusal> {};

TEST_P(Refused, WithACodeAndAWayOut) {
  const auto result = run("no.png", GetParam().more);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find(fmt::format("error[{}]", GetParam().code)), std::string::npos)
      << result.err;
  EXPECT_NE(result.err.find(GetParam().says), std::string::npos) << result.err;
  expect_files(0);
}

INSTANTIATE_TEST_SUITE_P(
    Requests, Refused,
    ::testing::Values(
        Refusal{"Odd", {"--resolution", "100x64"}, "request.size", "use 96x64"},
        Refusal{"NoNumber", {"--cfg", "abc"}, "request.usage", "--cfg: `abc`"},
        Refusal{"Absurd", {"--width", "1000000"}, "request.field", "width is 1000000"},
        Refusal{"Negative", {"--height=-16"}, "request.field", "height is -16"},
        Refusal{"ZeroSteps", {"--steps", "0"}, "request.field", "steps is 0"},
        Refusal{"NoSuchSampler", {"--sampler", "eulr"}, "request.usage", "euler"},
        Refusal{"Sigmas", {"--sigmas", "0.5,1,0"}, "request.sigmas", "sigma 1"},
        Refusal{"MaskAlone", {"--mask", "m.png"}, "request.mask", "--init"},
        Refusal{"NoInit", {"--init", "nowhere.png"}, "file.missing", "nowhere.png"},
        Refusal{"NoModel", {"--model", "nowhere"}, "model.missing", "nowhere"},
        Refusal{"NotPng", {"--out", "picture.jpg"}, "request.out", ".png"},
        Refusal{"NoFolder", {"--out", "/proc/newbie/a.png"}, "file.unwritable", "/proc/newbie"},
        Refusal{"Utf8", {"--negative", "a\xFF"}, "prompt.invalid_utf8", "0xFF"},
        Refusal{"SystemPrompt",
                {"--negative-system", "trian-xml", "--negative", "x"},
                "prompt.unknown_system",
                "trian-xml"}),
    [](const auto& refusal) { return std::string(refusal.param.name); });

TEST_F(Generate, SlotsOfATemplateAreFilledBeforeItIsEncoded) {
  std::ofstream(at("p.txt")) << "1girl, {{hair=pink_hair}}, {smile|pout}";
  auto arguments = quick(at("x.png"));
  arguments.erase(arguments.begin() + 2);
  std::erase(arguments, "--quiet");
  arguments.insert(arguments.end(), {"-f", at("p.txt").string()});
  const auto drawn = run_program(arguments);
  ASSERT_EQ(drawn.exit_code, 0) << drawn.err;
  EXPECT_NE(drawn.err.find("slots stand at their defaults"), std::string::npos) << drawn.err;
  EXPECT_NE(drawn.err.find("the first"), std::string::npos) << drawn.err;
  const auto texts = image::read_png_metadata(at("x.png"));
  const Json recipe = parse_json(texts.at("newbie"), "recipe").value();
  EXPECT_EQ(recipe["request"]["prompt"], "1girl, pink_hair, smile");
}

TEST_F(Generate, WithoutAPromptNothingIsDrawn) {
  auto arguments = quick(at("x.png"));
  arguments.erase(arguments.begin() + 2);
  const auto refused = run_program(arguments);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("request.no_prompt"), std::string::npos) << refused.err;
  arguments.insert(arguments.begin() + 2, "");
  EXPECT_EQ(run_program(arguments).exit_code, 0) << "an empty prompt is one, too";
}

TEST_F(Generate, BrokenPromptsAreRefusedUnlessLenient) {
  std::ofstream(at("p.xml"))
      << "<character_1><n>a</n><appearance>blue_hair</clothing></character_1>";
  auto arguments = quick(at("x.png"));
  arguments.erase(arguments.begin() + 2);
  arguments.insert(arguments.end(), {"-f", at("p.xml").string()});
  const auto refused = run_program(arguments);
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_NE(refused.err.find("prompt.rejected"), std::string::npos);
  EXPECT_NE(refused.err.find("X001"), std::string::npos) << "findings are shown even when quiet";
  arguments.push_back("--lenient");
  EXPECT_EQ(run_program(arguments).exit_code, 0);
}

TEST_F(Generate, NanInTheWeightsIsNamedByItsBlock) {
  const fs::path model = at("model");
  fs::copy(golden_model_folder(), model, fs::copy_options::recursive);
  fs::path weights;
  for (const auto& entry : fs::directory_iterator(model / "transformer")) {
    if (entry.path().extension() == ".safetensors") weights = entry.path();
  }
  const auto entry = *io::SafetensorsFile::open(weights).find("layers.1.feed_forward.w2.weight");
  std::fstream file(weights, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(entry.begin));
  const float nan = std::numeric_limits<float>::quiet_NaN();
  file.write(reinterpret_cast<const char*>(&nan), sizeof nan);
  file.close();
  const auto result = run("nan.png", {"--model", model.string()});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_NE(result.err.find("sampling.not_finite"), std::string::npos) << result.err;
  EXPECT_NE(result.err.find("layers.1"), std::string::npos) << result.err;
  EXPECT_FALSE(fs::exists(at("nan.png")));
}

TEST_F(Generate, AFullDiskLeavesTheOldPicture) {
  ASSERT_EQ(run("kept.png").exit_code, 0);
  const std::string before = slurp(at("kept.png"));
  // A file size limit stands for a full disk: writing stops in the middle.
  const auto limited = run_program(
      {"/bin/sh", "-c", fmt::format("ulimit -f 4; trap '' XFSZ; exec \"$@\""), "sh", NEWBIE_PROGRAM,
       "generate", kPrompt, "--model", golden_model_folder().string(), "--resolution", "128x128",
       "--steps", "1", "--quiet", "--out", at("kept.png").string()});
  EXPECT_EQ(limited.exit_code, 2);
  EXPECT_NE(limited.err.find("error[file."), std::string::npos) << limited.err;
  EXPECT_TRUE(slurp(at("kept.png")) == before);
  expect_files(1);
}

TEST_F(Generate, CtrlCStopsWithoutLeavingAnything) {
  const std::string command = fmt::format(
      "timeout --foreground -s INT 2 {} generate '{}' --model {} --resolution 512x512 --steps 1000 "
      "--quiet --out {}",
      NEWBIE_PROGRAM, "1girl", golden_model_folder().string(), at("c.png").string());
  const auto result = run_program({"/bin/sh", "-c", command});
  EXPECT_NE(result.exit_code, 0);
  EXPECT_NE(result.err.find("request.cancelled"), std::string::npos) << result.err;
  expect_files(0);
}

}  // namespace
}  // namespace newbie::test
