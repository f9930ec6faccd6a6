#include "workbench/recipe_file.h"

#include <gtest/gtest.h>

#include "base/file.h"
#include "support/program.h"
#include "unit/workbench/support.h"
#include "workbench/manifest.h"

namespace newbie::workbench {
namespace {

using test::code_of;
using test::picture_with;
using test::record_json;

class RecipeFiles : public ::testing::Test {
 protected:
  std::filesystem::path put(const std::string& name, const std::string& bytes) {
    const auto path = folder_.path() / name;
    write_file(path, bytes);
    return path;
  }
  std::string code(const std::string& name, const std::string& bytes) {
    const auto path = put(name, bytes);
    return code_of([&] { read_recipe(path); });
  }
  test::TemporaryFolder folder_;
};

TEST_F(RecipeFiles, TomlHasTheFieldsOfARequest) {
  put("two.xml", "<caption>two</caption>");
  put("start.png", "x");
  const auto recipe = read_recipe(put("a.toml", R"(
model = "../model"
prompt_file = "two.xml"
negative = "lowres"
steps = 12
cfg = 5
seed = 7
sigmas = [1, 0.5, 0]
init = "start.png"
vae = "vae-anime"
)"));
  EXPECT_EQ(recipe.request.prompt, "<caption>two</caption>");
  EXPECT_EQ(recipe.request.negative, "lowres");
  EXPECT_EQ(recipe.request.steps, 12);
  EXPECT_EQ(recipe.request.cfg, 5.0);
  EXPECT_EQ(recipe.request.seed, 7u);
  EXPECT_EQ(recipe.request.init, (folder_.path() / "start.png").string());
  EXPECT_EQ(recipe.request.vae, "vae-anime") << "a name stays a name";
  EXPECT_EQ(recipe.model, folder_.path().parent_path() / "model");
  EXPECT_FALSE(recipe.made.has_value());
}

TEST_F(RecipeFiles, BytesThatAreNoUtf8ReachTheEngine) {
  put("gbk.txt", "\xd3\xea");
  EXPECT_EQ(read_recipe(put("a.toml", "prompt_file = 'gbk.txt'")).request.prompt, "\xd3\xea");
  EXPECT_EQ(code("b.toml", "prompt = '\xd3\xea'"), "toml.syntax");
}

TEST_F(RecipeFiles, TomlMistakesAreNamed) {
  EXPECT_EQ(code("a.toml", "stepz = 3"), "recipe.unknown_key");
  EXPECT_EQ(code("b.toml", "steps = 'three'"), "request.field");
  EXPECT_EQ(code("c.toml", "steps = = 3"), "toml.syntax");
  EXPECT_EQ(code("d.toml", "prompt = 'a'\nprompt_file = 'x.xml'"), "recipe.field");
  EXPECT_EQ(code("e.toml", "prompt_file = 3"), "recipe.field");
  EXPECT_EQ(code("f.toml", "prompt_file = 'absent.xml'"), "file.missing");
  EXPECT_EQ(code_of([] { read_recipe("absent.toml"); }), "file.missing");
}

TEST_F(RecipeFiles, TomlMistakesNameLineAndNearestKey) {
  const struct {
    const char* text;
    const char* line;
    const char* hint;
  } cases[] = {{"steps = 3\nmodl = 'm'", ", line 2", "did you mean \"model\"?"},
               {"prompt_fiel = 'a'", ", line 1", "did you mean \"prompt_file\"?"},
               {"\nstepz = 3", ", line 2", "did you mean \"steps\"?"},
               {"prompt = 'a'\nsteps = 'three'", ", line 2", ""},
               {"prompt = 'a'\nsteps = 0", ", line 2", ""},
               {"prompt = 'a'\n\nsampler = 'eulr'", ", line 3", "did you mean \"euler\"?"},
               {"model = 3", ", line 1", ""},
               {"prompt = 'a'\nprompt_file = 'x.xml'", ", line 2", "keep one of them"},
               {"steps = 3\nprompt_file = 'absent.xml'", ", line 2", ""}};
  for (const auto& [text, line, hint] : cases) {
    const auto path = put("a.toml", text);
    try {
      read_recipe(path);
      ADD_FAILURE() << text;
    } catch (const Error& error) {
      ASSERT_FALSE(error.places().empty()) << text;
      EXPECT_EQ(error.places().back(), path.string() + line) << text;
      EXPECT_EQ(error.hint_text(), hint) << text;
    }
  }
}

TEST_F(RecipeFiles, PicturesAndManifestsRememberWhatWasMade) {
  GenerateRequest request;
  request.prompt = "1girl";
  request.seed = 41;
  const GeneratedImage picture = picture_with(record_json(request));
  const auto from_png = read_recipe(put("a.png", picture.png));
  EXPECT_EQ(from_png.request.seed, 41u);
  EXPECT_EQ(from_png.png_hash, content_hash(picture.png));
  ASSERT_TRUE(from_png.made.has_value());
  EXPECT_EQ(from_png.made->device_class, "cpu avx512");
  EXPECT_EQ(from_png.made->stages.at("latent"), "l0");

  RunFacts run;
  run.made_at = "2026-11-23T07:50:00Z";
  run.report.seconds = {{"sample", 1.5}, {"load VAE", 1}, {"load VAE", 2}};
  const auto from_manifest = read_recipe(put("a.json", manifest_of(picture, "a.png", run)));
  EXPECT_EQ(to_json(from_manifest.request), to_json(from_png.request));
  EXPECT_EQ(from_manifest.png_hash, from_png.png_hash);
  EXPECT_EQ(from_manifest.made_at, run.made_at);
}

TEST_F(RecipeFiles, ForeignFilesAreRefused) {
  EXPECT_EQ(code("a.png", image::encode_png(image::Picture::blank(2, 2))), "recipe.none");
  EXPECT_EQ(code("b.png", image::encode_png(image::Picture::blank(2, 2), {{"newbie", "{}"}})),
            "recipe.damaged");
  EXPECT_EQ(code("c.png", "\x89PNG\r\n\x1a\n"), "image.damaged");
  for (const char* text : {"{\"steps\": 3}", "{\"manifest\":1,\"recipe\":{},\"picture\":3}",
                           "{\"manifest\":1,\"recipe\":[],\"picture\":{}}"}) {
    EXPECT_EQ(code("d.json", text), "recipe.damaged") << text;
  }
  Json newer = record_json();
  newer["request"]["field_of_tomorrow"] = 1;
  EXPECT_EQ(code("e.png", picture_with(newer).png), "request.unknown_field");
}

TEST(Manifest, DiffersBetweenRunsInItsRunAlone) {
  const GeneratedImage picture = picture_with(record_json());
  RunFacts one, other;
  one.report.seconds = {{"sample", 1}};
  other.report.seconds = {{"sample", 2}};
  other.made_at = "later";
  Json a = Json::parse(manifest_of(picture, "a.png", one));
  Json b = Json::parse(manifest_of(picture, "a.png", other));
  EXPECT_NE(a, b);
  a.erase("run");
  b.erase("run");
  EXPECT_EQ(a, b);
  EXPECT_EQ(a["recipe"]["texts"]["hashes"]["jina"], content_hash("1girl"));
}

TEST(Manifest, StagesThatRanTwiceAddUp) {
  RunFacts run;
  run.report.seconds = {{"load VAE", 1}, {"sample", 5}, {"load VAE", 2}};
  const Json json = Json::parse(manifest_of(picture_with(record_json()), "a.png", run));
  EXPECT_EQ(json["run"]["seconds"]["load VAE"], 3.0);
}

}  // namespace
}  // namespace newbie::workbench
