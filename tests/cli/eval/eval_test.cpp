// `newbie eval` as a user meets it: a judge of random values looks at pictures of the golden set's
// tiny model, which draws noise. What counts is what is counted, printed and refused.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/file.h"
#include "base/json.h"
#include "eval/classifier/model.h"
#include "image/png.h"
#include "io/safetensors_writer.h"
#include "support/golden_folder.h"
#include "support/program.h"

namespace newbie::test {
namespace {

namespace fs = std::filesystem;

/// A judge of a few thousand weights, in a folder.
class Eval : public ::testing::Test {
 protected:
  Eval() : judge_((folder_.path() / "judge").string()) {
    const eval::ClassifierConfig config{
        .size = 64, .widths = {8, 8}, .groups = 4, .cell_width = 4, .features = 6};
    fs::create_directories(judge_);
    write_file(fs::path(judge_) / "config.json", eval::to_json(config));
    std::vector<io::TensorHeader> headers;
    for (const io::TensorSpec& spec : eval::expected_tensors(config)) {
      headers.push_back({spec.name, DType::f32, spec.shape});
    }
    io::SafetensorsWriter writer(fs::path(judge_) / "model.safetensors", headers);
    for (const io::TensorHeader& header : writer.tensors()) {
      std::vector<float> values(static_cast<size_t>(header.shape.numel()));
      for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(static_cast<float>(i));
      writer.append(std::as_bytes(std::span(values)));
    }
    writer.commit();
  }

  ProgramResult eval(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {NEWBIE_PROGRAM, "eval"});
    arguments.insert(arguments.end(), {"--classifier", judge_, "--threads", "1"});
    return run_program(arguments);
  }
  static std::vector<std::string> of_the_model(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--model", golden_model_folder().string(), "-W", "64", "-H",
                                       "64", "--steps", "1", "--cfg", "1"});
    return arguments;
  }

  TemporaryFolder folder_;
  std::string judge_;
};

TEST_F(Eval, CountsWhatTheModelGotRightBesideTheJudgesOwnScore) {
  const std::string sheet = (folder_.path() / "worst.png").string();
  const ProgramResult result = eval(of_the_model({"binding", "--count", "3", "--characters", "2",
                                                  "--sheet", sheet, "--worst", "2", "--json"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json["pictures"], 3);
  EXPECT_EQ(json["style"], "xml");
  const double binding = json["binding_accuracy"];
  EXPECT_LE(json["binding"]["low"].get<double>(), binding);
  EXPECT_GE(json["binding"]["high"].get<double>(), binding);
  EXPECT_EQ(json["attributes"].size(), 8u);
  EXPECT_EQ(json["attributes"]["hair_color"]["trials"], 6);
  EXPECT_EQ(json["counts"]["2"]["trials"], 3);
  EXPECT_EQ(json["counts"]["3"]["trials"], 0);
  EXPECT_EQ(json["scene"].size(), 5u);
  EXPECT_EQ(json["classifier_on_drawn_pictures"]["attributes"]["action"]["trials"], 6);
  EXPECT_FALSE(json["confusions"].empty()) << "random judges take things for other things";
  ASSERT_EQ(json["worst"].size(), 2u);
  EXPECT_FALSE(json["worst"][0]["mistakes"].empty());
  EXPECT_GT(image::read_png(sheet).width, 4 * 64) << "two pictures, each beside a drawn one";
}

TEST_F(Eval, PrintsATableWithIntervals) {
  const ProgramResult result = eval({"binding", "--ground-truth", "--count", "4", "--characters",
                                     "1", "-W", "64", "-H", "64", "--scenes", "all"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  for (const char* part : {"| binding: right attribute on the right character |", "95 % interval",
                           "| number of characters: 1 |", "| framing |", "worst cases"}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
  }
  EXPECT_EQ(result.out.find("number of characters: 3"), std::string::npos);
}

TEST_F(Eval, TheSameScenesAgainInOtherWords) {
  std::vector<std::string> prompts;
  for (const char* style : {"tags", "shuffled", "text"}) {
    const ProgramResult result = eval(of_the_model(
        {"binding", "--count", "1", "--style", style, "--isolation", "text", "--json"}));
    ASSERT_EQ(result.exit_code, 0) << result.err;
    const Json worst = Json::parse(result.out)["worst"];
    ASSERT_EQ(worst.size(), 1u);
    EXPECT_EQ(worst[0]["scene"], 0);
    prompts.push_back(worst[0]["prompt"]);
  }
  EXPECT_EQ(prompts[0].size(), prompts[1].size()) << "the same tags";
  EXPECT_NE(prompts[0], prompts[1]);
  EXPECT_NE(prompts[2].find("girl"), std::string::npos);
}

TEST_F(Eval, MeasuresTheAutoencoderAndTheDistanceOfSets) {
  const ProgramResult result = eval(of_the_model({"fidelity", "--count", "3", "--json"}));
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const Json json = Json::parse(result.out);
  EXPECT_GT(json["reconstruction"]["psnr"], 0);
  EXPECT_LE(json["reconstruction"]["lowest"], json["reconstruction"]["psnr"]);
  EXPECT_GT(json["frechet"]["distance"], 0);
  EXPECT_GT(json["frechet"]["between_drawn_sets"], 0);
  const ProgramResult alone = eval(of_the_model({"fidelity", "--vae-only", "--count", "2"}));
  ASSERT_EQ(alone.exit_code, 0) << alone.err;
  EXPECT_EQ(alone.out.find("VAE: "), 0u);
  EXPECT_EQ(alone.out.find("Frechet"), std::string::npos);
}

TEST_F(Eval, LooksThroughTheAutoencoderAlone) {
  const auto sheet = [&](const char* what) {
    const std::string file = (folder_.path() / "sheet.png").string();
    const ProgramResult result = eval(of_the_model(
        {"binding", what, "--count", "1", "--characters", "2", "--sheet", file, "--worst", "1"}));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return image::read_png(file);
  };
  const auto right_half_of = [](const image::Picture& picture) {
    image::Picture half = image::Picture::blank(picture.width / 2, picture.height);
    for (int64_t y = 0; y < half.height; ++y) {
      const uint8_t* from = picture.row(y) + 3 * (picture.width - half.width);
      std::copy_n(from, 3 * half.width, half.row(y));
    }
    return half;
  };
  const image::Picture after = sheet("--vae-only"), drawn = sheet("--ground-truth");
  EXPECT_TRUE(right_half_of(after) == right_half_of(drawn)) << "what the world draws";
  EXPECT_FALSE(after == drawn) << "beside what comes back";
  const ProgramResult both = eval({"binding", "--vae-only", "--ground-truth"});
  EXPECT_NE(both.err.find("excludes"), std::string::npos) << both.err;
}

TEST_F(Eval, RefusesWhatCannotBeMeasured) {
  const ProgramResult one = eval({"fidelity", "--ground-truth", "--count", "1"});
  EXPECT_EQ(one.exit_code, 2);
  EXPECT_NE(one.err.find("a set has a spread"), std::string::npos) << one.err;
  const ProgramResult judgeless =
      run_program({NEWBIE_PROGRAM, "eval", "binding", "--model", golden_model_folder().string()});
  EXPECT_EQ(judgeless.exit_code, 2);
  EXPECT_NE(judgeless.err.find("no classifier was given"), std::string::npos) << judgeless.err;
  const ProgramResult style = eval({"binding", "--style", "verse"});
  EXPECT_EQ(style.exit_code, 2);
  EXPECT_NE(style.err.find("shuffled"), std::string::npos) << style.err;
}

}  // namespace
}  // namespace newbie::test
