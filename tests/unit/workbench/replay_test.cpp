#include "workbench/replay.h"

#include <gmock/gmock.h>

#include "unit/workbench/support.h"

namespace newbie::workbench {
namespace {

using test::picture_with;
using test::record_json;
using ::testing::HasSubstr;

RecipeFile made(const GeneratedImage& picture) {
  RecipeFile file;
  file.made = record_of_png(picture.png, "a.png");
  file.request = file.made->request;
  file.png_hash = content_hash(picture.png);
  return file;
}

TEST(Replay, TheSamePictureIsTheSameBytes) {
  const GeneratedImage picture = picture_with(record_json());
  const Verdict verdict = judge(made(picture), picture);
  EXPECT_TRUE(verdict.same_bytes);
  EXPECT_TRUE(verdict.same_pixels);
  EXPECT_EQ(verdict.since, "");
  EXPECT_TRUE(verdict.because.empty());
  EXPECT_EQ(describe(verdict, made(picture), "a.png", ""),
            "same bytes: a.png (recipe 00000000000000aa)\n");
}

TEST(Replay, ChangedWeightsAreNamedWithTheStageTheyFirstShowIn) {
  Json after = record_json();
  after["weights"]["vae/a.safetensors"] = "2222222222222222";
  after["hashes"]["pixels"] = "p1";
  const RecipeFile before = made(picture_with(record_json()));
  const Verdict verdict = judge(before, picture_with(after, 90));
  EXPECT_FALSE(verdict.same_pixels);
  EXPECT_EQ(verdict.since, "pixels");
  ASSERT_EQ(verdict.because.size(), 1u);
  EXPECT_EQ(verdict.because[0].kind, "weights");
  const std::string text = describe(verdict, before, "a.png", "");
  EXPECT_THAT(text, HasSubstr("different: a.png"));
  EXPECT_THAT(text, HasSubstr("since    the decoded pixels (the encoded prompt and the noise and "
                              "the sampled latent are the same)"));
  EXPECT_THAT(text,
              HasSubstr("weights vae/a.safetensors: 1111111111111111 is now 2222222222222222"));
}

TEST(Replay, AnotherVersionWithTheSamePixelsIsSaid) {
  Json after = record_json();
  after["newbie"] = "0.2.0";
  const RecipeFile before = made(picture_with(record_json()));
  const Verdict verdict = judge(before, picture_with(after));
  EXPECT_FALSE(verdict.same_bytes);
  EXPECT_TRUE(verdict.same_pixels);
  const std::string text = describe(verdict, before, "a.png", "");
  EXPECT_THAT(text, HasSubstr("same pixels, other file"));
  EXPECT_THAT(text, HasSubstr("because  version: 0.1.0 is now 0.2.0"));
}

TEST(Replay, EveryKindOfDifferenceIsFound) {
  GenerateRequest request;
  request.seed = 1;
  Json after = record_json(request);
  after["device"] = "cpu avx2";
  after["weights"].erase("vae/a.safetensors");
  after["weights"]["vae/b.safetensors"] = "3";
  after["inputs"] = {{"init", "4"}};
  after["texts"]["positive"]["gemma"] = "T 1girl";
  const auto found =
      differences(parse_record(record_json().dump(), "a"), parse_record(after.dump(), "b"));
  std::vector<std::string> kinds;
  for (const Difference& difference : found)
    kinds.push_back(difference.kind + " " + difference.name);
  EXPECT_EQ(kinds,
            (std::vector<std::string>{"request seed", "inputs init", "weights vae/a.safetensors",
                                      "weights vae/b.safetensors", "device ", "texts gemma"}));
}

TEST(Replay, AnotherFolderWithTheSameWeightsIsNamed) {
  Json after = record_json();
  after["model"] = "copied";
  const RecipeFile before = made(picture_with(record_json()));
  const Verdict verdict = judge(before, picture_with(after));
  EXPECT_TRUE(verdict.same_pixels);
  const std::string text = describe(verdict, before, "a.png", "");
  EXPECT_THAT(text, HasSubstr("is now copied"));
  EXPECT_EQ(text.find("rewritten"), std::string::npos) << text;
}

TEST(Replay, ARewrittenFileIsNotBlamedOnTheRecipe) {
  const GeneratedImage picture = picture_with(record_json());
  RecipeFile before = made(picture);
  before.png_hash = "0000000000000000";
  const Verdict verdict = judge(before, picture);
  EXPECT_TRUE(verdict.same_pixels);
  EXPECT_THAT(describe(verdict, before, "a.png", ""), HasSubstr("rewritten after it was made"));
}

TEST(Replay, TheVerdictAsJson) {
  Json after = record_json();
  after["device"] = "cuda sm_90";
  after["hashes"]["conditioning"] = "c1";
  const RecipeFile before = made(picture_with(record_json()));
  const Json json = Json::parse(verdict_json(judge(before, picture_with(after)), before));
  EXPECT_EQ(json["since"], "conditioning");
  EXPECT_EQ(json["because"][0]["after"], "cuda sm_90");
  EXPECT_EQ(json["same_bytes"], false);
}

}  // namespace
}  // namespace newbie::workbench
