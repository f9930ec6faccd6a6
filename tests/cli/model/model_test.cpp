// `newbie model` as a user meets it: what it prints, its exit codes, its refusals.

#include <gtest/gtest.h>

#include <fstream>

#include "base/json.h"
#include "support/program.h"

namespace newbie::test {
namespace {

namespace fs = std::filesystem;

const std::string kTiny = NEWBIE_TEST_DATA "/golden/tiny-newbie";

ProgramResult model(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {NEWBIE_PROGRAM, "model"});
  return run_program(arguments);
}

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

TEST(ModelInfo, TellsPartsInATableAndInJson) {
  const ProgramResult table = model({"info", kTiny});
  EXPECT_EQ(table.exit_code, 0) << table.err;
  for (const char* part : {"layout A", "next_dit", "gemma3", "jina_clip", "flux_vae",
                           "in 106 tensors", "behind language_model.model."}) {
    EXPECT_TRUE(contains(table.out, part)) << part << " is not in\n" << table.out;
  }
  const ProgramResult json = model({"info", kTiny, "--json", "--hash", "sha256"});
  const Json info = Json::parse(json.out);
  EXPECT_EQ(info["parts"].size(), 4u);
  EXPECT_EQ(info["parts"][0]["tensors"], 106);
  EXPECT_EQ(info["parts"][0]["files"][0]["sha256"].get<std::string>().size(), 64u);
  EXPECT_EQ(info["parts"][0]["config"]["n_heads"], 6);
}

TEST(ModelVerify, ExitsWithFindings) {
  EXPECT_EQ(model({"verify", kTiny}).exit_code, 0);
  const TemporaryFolder folder;
  const fs::path copy = folder.path() / "m";
  fs::copy(kTiny, copy, fs::copy_options::recursive);
  fs::resize_file(copy / "vae/diffusion_pytorch_model.safetensors", 100'000);
  const ProgramResult cut = model({"verify", copy.string(), "--json"});
  EXPECT_EQ(cut.exit_code, 1) << cut.err;
  const Json report = Json::parse(cut.out);
  EXPECT_FALSE(report["sound"]);
  EXPECT_EQ(report["findings"][0]["code"], "weights.truncated");
  EXPECT_EQ(report["findings"][0]["part"], "vae");
}

TEST(ModelSynthAndConvert, MakeModelsThatVerify) {
  const TemporaryFolder folder;
  const std::string made = (folder.path() / "made").string();
  const std::string comfy = (folder.path() / "comfy").string();
  const ProgramResult synth = model({"synth", "--preset", "tiny", "--seed", "5", made});
  EXPECT_EQ(synth.exit_code, 0) << synth.err;
  EXPECT_TRUE(contains(synth.out, "transformer/diffusion_pytorch_model.safetensors"));
  EXPECT_EQ(model({"convert", made, comfy, "--layout", "comfyui", "--dtype", "f32"}).exit_code, 0);
  const ProgramResult verified = model({"verify", comfy});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  EXPECT_TRUE(contains(model({"info", comfy}).out, "layout B"));
  const ProgramResult again = model({"synth", made});
  EXPECT_EQ(again.exit_code, 2);
  EXPECT_TRUE(contains(again.err, "file.exists"));
}

TEST(Model, RefusesWithCodeAndFix) {
  const TemporaryFolder folder;
  std::ofstream(folder.path() / "pytorch_model.bin", std::ios::binary) << "\x80\x02}q\x01X";
  const ProgramResult pickle = model({"info", (folder.path() / "pytorch_model.bin").string()});
  EXPECT_EQ(pickle.exit_code, 2);
  EXPECT_TRUE(contains(pickle.err, "weights.pickle")) << pickle.err;
  EXPECT_TRUE(contains(pickle.err, "fix:"));
  EXPECT_EQ(model({"info", "/nowhere"}).exit_code, 2);
  EXPECT_EQ(model({"synth", "--preset", "huge", "x"}).exit_code, 2);
  EXPECT_EQ(model({}).exit_code, 2);
}

}  // namespace
}  // namespace newbie::test
