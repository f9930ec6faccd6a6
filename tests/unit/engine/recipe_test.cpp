// What makes two recipes the same, which prompts are encoded alike, and which VAE a name means.

#include "engine/recipe.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "engine/conditioning_cache.h"
#include "engine/vae_choice.h"
#include "newbie/error.h"
#include "support/program.h"

namespace newbie::engine {
namespace {

const Hashes kWeights{{"vae/a.safetensors", "11"}};

std::string id(const GenerateRequest& request, const Hashes& weights = kWeights,
               const Hashes& inputs = {}) {
  return recipe_id(request, weights, inputs);
}

TEST(RecipeId, EveryFieldThatCanShowCounts) {
  const GenerateRequest base;
  GenerateRequest other = base;
  other.seed = 1;
  EXPECT_NE(id(other), id(base));
  other = base;
  other.prompt = "1girl";
  EXPECT_NE(id(other), id(base));
  other = base;
  other.cfg = 3;
  EXPECT_NE(id(other), id(base));
  other = base;
  other.vae_tile = 256;
  EXPECT_NE(id(other), id(base));
  EXPECT_NE(id(base, {{"vae/a.safetensors", "22"}}), id(base));
  EXPECT_NE(id(base, kWeights, {{"init", "33"}}), id(base));
}

TEST(RecipeId, WhatNeverShowsDoesNotCount) {
  const GenerateRequest base;
  GenerateRequest other = base;
  other.count = 4;
  other.batch = 2;
  other.lenient = true;
  other.variation_seed = 9;  // no variation
  other.strength = 0.3;      // no start picture
  other.vae = "elsewhere/vae";
  EXPECT_EQ(id(other), id(base));
  other.variation = 0.1;
  EXPECT_NE(id(other), id(base));
  EXPECT_EQ(id(base).size(), 16u);
}

TEST(RecipeId, StartPicturesCountByTheirContents) {
  const test::TemporaryFolder folder;
  GenerateRequest a, b;
  a.init = (folder.path() / "a.png").string();
  b.init = (folder.path() / "b.png").string();
  write_file(a.init, "picture");
  write_file(b.init, "picture");
  EXPECT_EQ(id(a, kWeights, hash_inputs(a)), id(b, kWeights, hash_inputs(b)));
  write_file(b.init, "another");
  EXPECT_NE(id(a, kWeights, hash_inputs(a)), id(b, kWeights, hash_inputs(b)));
  a.strength = 0.9;
  b = a;
  b.strength = 0.8;
  EXPECT_NE(id(a, kWeights, hash_inputs(a)), id(b, kWeights, hash_inputs(b)));
}

TEST(ConditioningKey, SamplingDoesNotEncodeAnew) {
  GenerateRequest base, other;
  base.prompt = other.prompt = "1girl";
  other.seed = 5;
  other.steps = 12;
  other.cfg = 3;
  other.sampler = "heun";
  other.variation = 0.5;
  EXPECT_EQ(conditioning_key(base), conditioning_key(other));
  other.negative = "lowres";
  EXPECT_NE(conditioning_key(base), conditioning_key(other));
  other = base;
  other.dtype = "f32";
  EXPECT_NE(conditioning_key(base), conditioning_key(other));
  other = base;
  other.layout = "readme";
  EXPECT_NE(conditioning_key(base), conditioning_key(other));
}

TEST(ConditioningCache, KeepsTheMostRecentlyUsed) {
  ConditioningCache cache;
  EXPECT_EQ(cache.find(0), nullptr);
  for (uint64_t key = 0; key < 32; ++key) cache.put(key, {});
  ASSERT_NE(cache.find(0), nullptr);
  cache.put(32, {});
  EXPECT_NE(cache.find(0), nullptr) << "used a moment ago";
  EXPECT_EQ(cache.find(1), nullptr);
  cache.clear();
  EXPECT_EQ(cache.find(0), nullptr);
}

class Vaes : public ::testing::Test {
 protected:
  Vaes() {
    model_.root = folder_.path();
    model_.layout = "diffusers";
    model_.vae = folder_.path() / "vae";
    for (const char* name : {"vae", "vae-anime"}) {
      std::filesystem::create_directories(folder_.path() / name);
      write_file(folder_.path() / name / "config.json", "{}");
    }
    std::filesystem::create_directories(folder_.path() / "vae-notes");
    write_file(folder_.path() / "vae_sharp.safetensors", "x");
  }
  test::TemporaryFolder folder_;
  ModelFolder model_;
};

TEST_F(Vaes, HaveNamesBesideTheModelsOwn) {
  EXPECT_EQ(vae_names(model_), (std::vector<std::string>{"vae", "vae-anime", "vae_sharp"}));
  EXPECT_EQ(find_vae(model_, ""), model_.vae);
  EXPECT_EQ(find_vae(model_, "vae-anime"), folder_.path() / "vae-anime");
  EXPECT_EQ(find_vae(model_, "vae_sharp"), folder_.path() / "vae_sharp.safetensors");
  const std::string path = (folder_.path() / "vae-notes").string();
  EXPECT_EQ(find_vae(model_, path), path) << "a path is taken as it is";
}

TEST_F(Vaes, MisspeltNamesAreAnswered) {
  try {
    find_vae(model_, "vae-anmie");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "model.unknown_vae");
    EXPECT_EQ(error.hint_text(), "did you mean \"vae-anime\"?");
  }
}

TEST_F(Vaes, ComfyFoldersHoldThemAsFiles) {
  model_.layout = "comfyui";
  write_file(folder_.path() / "vae" / "ae.safetensors", "x");
  model_.vae = folder_.path() / "vae" / "ae.safetensors";
  EXPECT_EQ(find_vae(model_, "ae"), model_.vae);
}

}  // namespace
}  // namespace newbie::engine
