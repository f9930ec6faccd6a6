// `newbie lora` and `generate --lora` as a user meets them.

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

class Lora : public ::testing::Test {
 protected:
  static std::string tiny() { return golden_model_folder().string(); }
  static std::string golden(const std::string& name) {
    return (golden_folder() / "goldens" / "lora" / name).string();
  }
  std::string at(const std::string& name) const { return (folder_.path() / name).string(); }

  static ProgramResult lora(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {NEWBIE_PROGRAM, "lora"});
    return run_program(arguments);
  }
  ProgramResult generate(const std::string& model, const std::string& name,
                         std::vector<std::string> more) const {
    std::vector<std::string> all{NEWBIE_PROGRAM, "generate", "1girl, rain", "--model", model,
                                 "--out",        at(name),   "--width",     "64",      "--height",
                                 "48",           "--steps",  "2",           "--dtype", "f32"};
    all.insert(all.end(), more.begin(), more.end());
    return run_program(all);
  }
  /// Root of the mean squared difference of two pictures, in levels of 255.
  double difference(const std::string& a, const std::string& b) const {
    const auto x = image::read_png(at(a)), y = image::read_png(at(b));
    double sum = 0;
    for (size_t i = 0; i < x.pixels.size(); ++i) {
      const double d = double(x.pixels[i]) - double(y.pixels[i]);
      sum += d * d;
    }
    return std::sqrt(sum / static_cast<double>(x.pixels.size()));
  }
  Json recipe(const std::string& name) const {
    return parse_json(image::read_png_metadata(at(name)).at("newbie"), "recipe").value();
  }

  TemporaryFolder folder_;
};

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST_F(Lora, InfoTellsWhatAnAdapterHoldsAndWhetherItFits) {
  const auto table = lora({"info", golden("peft_lora"), "--model", tiny()});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  for (const char* part : {"PEFT", "LoRA of 37 modules of next_dit, rank 4, alpha 2",
                           "adapter_config.json", "layers.*.attention.qkv"}) {
    EXPECT_TRUE(contains(table.out, part)) << part << " is not in\n" << table.out;
  }
  const auto json = lora({"info", golden("lokr_lowrank"), "--json"});
  EXPECT_EQ(json.exit_code, 0) << json.err;
  EXPECT_EQ(Json::parse(json.out)["modules"].size(), 23u);
  const auto model = lora({"info", tiny() + "/transformer/diffusion_pytorch_model.safetensors"});
  EXPECT_EQ(model.exit_code, 2);
  EXPECT_TRUE(contains(model.err, "adapter.not_an_adapter")) << model.err;
}

TEST_F(Lora, MergedDrawsAsAttached) {
  const std::string adapter = golden("peft_lora");
  const auto merged = lora({"merge", tiny(), at("merged"), "--lora", adapter + ":0.7"});
  ASSERT_EQ(merged.exit_code, 0) << merged.err;
  EXPECT_TRUE(contains(merged.err, "37 modules"));
  ASSERT_EQ(generate(tiny(), "plain.png", {}).exit_code, 0);
  const auto attached = generate(tiny(), "attached.png", {"--lora", adapter + ":0.7"});
  ASSERT_EQ(attached.exit_code, 0) << attached.err;
  EXPECT_TRUE(contains(attached.err, "LoRA of 37 modules")) << attached.err;
  ASSERT_EQ(generate(at("merged"), "merged.png", {}).exit_code, 0);
  EXPECT_GT(difference("plain.png", "attached.png"), 2);
  EXPECT_LT(difference("merged.png", "attached.png"), 0.05);
}

TEST_F(Lora, SeveralAtOnceInAnySequence) {
  const std::string a = golden("peft_lora") + ":0.4", b = golden("lokr_full") + ":0.6";
  ASSERT_EQ(generate(tiny(), "ab.png", {"--lora", a, "--lora", b}).exit_code, 0);
  ASSERT_EQ(generate(tiny(), "ba.png", {"--lora", b, "--lora", a}).exit_code, 0);
  ASSERT_EQ(generate(tiny(), "a.png", {"--lora", a}).exit_code, 0);
  EXPECT_LT(difference("ab.png", "ba.png"), 0.05);
  EXPECT_GT(difference("ab.png", "a.png"), 1);
}

TEST_F(Lora, TheRecipeNamesTheFileItsStrengthAndItsContents) {
  const std::string adapter = at("style.safetensors");
  fs::copy(golden("lora_kohya.safetensors"), adapter);
  ASSERT_EQ(generate(tiny(), "one.png", {"--lora", adapter + ":0.5"}).exit_code, 0);
  const Json one = recipe("one.png");
  EXPECT_EQ(one["request"]["lora"], Json::array({adapter + ":0.5"}));
  EXPECT_EQ(one["inputs"]["lora 1"].get<std::string>().size(), 16u);
  ASSERT_EQ(generate(tiny(), "two.png", {"--lora", adapter + ":0.6"}).exit_code, 0);
  EXPECT_EQ(recipe("two.png")["inputs"], one["inputs"]);
  EXPECT_NE(recipe("two.png")["id"], one["id"]);

  const auto again = run_program(
      {NEWBIE_PROGRAM, "replay", at("one.png"), "--model", tiny(), "--out", at("again.png")});
  EXPECT_EQ(again.exit_code, 0) << again.out << again.err;
  EXPECT_EQ(slurp(at("again.png")), slurp(at("one.png")));
}

TEST_F(Lora, ConvertedDrawsTheSameBytes) {
  ASSERT_EQ(generate(tiny(), "peft.png", {"--lora", golden("peft_lora")}).exit_code, 0);
  for (const std::string dialect : {"comfyui", "kohya", "lycoris"}) {
    const std::string file = at(dialect + ".safetensors");
    const auto converted =
        lora({"convert", golden("peft_lora"), file, "--to", dialect, "--model", tiny()});
    ASSERT_EQ(converted.exit_code, 0) << converted.err;
    EXPECT_EQ(converted.out, file + "\n");
    ASSERT_EQ(generate(tiny(), dialect + ".png", {"--lora", file}).exit_code, 0);
    EXPECT_EQ(difference("peft.png", dialect + ".png"), 0) << dialect;
  }
  EXPECT_EQ(lora({"convert", golden("peft_lora"), at("kohya.safetensors")}).exit_code, 2);
}

TEST_F(Lora, ExtractFindsWhatWasMerged) {
  const std::string transformer = tiny() + "/transformer", merged = at("merged.safetensors");
  const auto made =
      lora({"merge", transformer, merged, "--lora", golden("peft_lora"), "--dtype", "f32"});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const auto here =
      run_program({"sh", "-c",
                   "cd '" + folder_.path().string() + "' && '" NEWBIE_PROGRAM "' lora merge '" +
                       transformer + "' here.safetensors --lora '" + golden("peft_lora") + "'"});
  EXPECT_EQ(here.exit_code, 0) << here.err;
  const auto extracted = lora({"extract", transformer, merged, at("again.safetensors"), "--rank",
                               "4", "--dtype", "f32", "--json"});
  ASSERT_EQ(extracted.exit_code, 0) << extracted.err;
  const Json report = Json::parse(extracted.out);
  EXPECT_EQ(report["layers"].size(), 37u);
  EXPECT_LT(report["error"], 1e-3);
  ASSERT_EQ(generate(tiny(), "first.png", {"--lora", golden("peft_lora")}).exit_code, 0);
  ASSERT_EQ(generate(tiny(), "again.png", {"--lora", at("again.safetensors")}).exit_code, 0);
  EXPECT_LT(difference("first.png", "again.png"), 0.1);
  const auto same = lora({"extract", transformer, transformer, at("none.safetensors")});
  EXPECT_EQ(same.exit_code, 2);
  EXPECT_TRUE(contains(same.err, "adapter.no_difference")) << same.err;
}

TEST_F(Lora, MergingKeepsTypesAndEverythingElse) {
  const std::string model = at("bf16"), merged = at("merged");
  ASSERT_EQ(
      run_program({NEWBIE_PROGRAM, "model", "convert", tiny(), model, "--dtype", "bf16"}).exit_code,
      0);
  const auto made = lora({"merge", model, merged, "--lora", golden("lokr_full")});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  EXPECT_EQ(slurp(model + "/vae/diffusion_pytorch_model.safetensors"),
            slurp(merged + "/vae/diffusion_pytorch_model.safetensors"));
  const std::string file = "/transformer/diffusion_pytorch_model.safetensors";
  const auto before = io::SafetensorsFile::open(model + file),
             after = io::SafetensorsFile::open(merged + file);
  int changed = 0;
  for (const io::TensorEntry& entry : before.entries()) {
    const io::TensorEntry* other = after.find(entry.name);
    ASSERT_NE(other, nullptr) << entry.name;
    EXPECT_EQ(other->dtype, DType::bf16);
    const auto a = before.bytes(entry), b = after.bytes(*other);
    changed += std::equal(a.begin(), a.end(), b.begin(), b.end()) ? 0 : 1;
  }
  EXPECT_EQ(changed, 23);
}

TEST_F(Lora, RefusesWithCodeAndFix) {
  const auto far = generate(tiny(), "x.png", {"--lora", golden("peft_lora") + ":500"});
  EXPECT_EQ(far.exit_code, 2);
  EXPECT_TRUE(contains(far.err, "adapter.strength")) << far.err;
  EXPECT_TRUE(
      contains(generate(tiny(), "x.png", {"--lora", at("no.safetensors")}).err, "file.missing"));
  EXPECT_FALSE(fs::exists(at("x.png")));
  std::ofstream(at("cut.safetensors"), std::ios::binary)
      << slurp(golden("lora_kohya.safetensors")).substr(0, 5000);
  EXPECT_EQ(lora({"info", at("cut.safetensors")}).exit_code, 2);
  EXPECT_EQ(lora({"merge", tiny(), at("y.safetensors"), "--lora", golden("peft_lora")}).exit_code,
            2);
  EXPECT_EQ(lora({"extract", tiny(), tiny()}).exit_code, 2);
  EXPECT_EQ(lora({}).exit_code, 2);
}

}  // namespace
}  // namespace newbie::test
