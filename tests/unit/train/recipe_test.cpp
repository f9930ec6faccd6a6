// Recipes: what is read is what was meant, and every mistake is told by line and key.

#include <gmock/gmock.h>

#include "support.h"
#include "train/recipe/read.h"
#include "train/recipe/write.h"

namespace newbie::train {
namespace {

using testing::HasSubstr;

constexpr const char* kSmall = R"([run]
out = "runs/one"
[model]
path = "model"
[[data]]
path = "pictures"
)";

Error error_of(const std::string& text, Kind kind = Kind::lora) {
  try {
    read_recipe(text, "recipe.toml", kind);
  } catch (const Error& error) {
    return error;
  }
  return Error("", "nothing was thrown");
}

TEST(Recipe, KeepsDefaultsForWhatIsNotSaid) {
  const Recipe recipe = read_recipe(kSmall, "recipe.toml", Kind::lora);
  EXPECT_EQ(recipe.run.out, "runs/one");
  EXPECT_EQ(recipe.run.steps, default_recipe(Kind::lora).run.steps);
  ASSERT_EQ(recipe.data.size(), 1u);
  EXPECT_EQ(recipe.data[0].path, "pictures");
}

TEST(Recipe, TemplateReadsBackAsTheDefaults) {
  for (const Kind kind : kKinds) {
    Recipe recipe = default_recipe(kind);
    recipe.run.out = "o";
    recipe.model.path = "m\\\"quoted\"\n";
    recipe.data[0].path = "d";
    EXPECT_EQ(to_toml(read_recipe(template_of(recipe), "t", kind)), to_toml(recipe));
  }
}

TEST(Recipe, NamesLineKeyAndNearestName) {
  const Error key = error_of(std::string(kSmall) + "[optimizer]\nlerning_rate = 1\n");
  EXPECT_EQ(key.code(), "recipe.unknown_key");
  EXPECT_THAT(key.what(), HasSubstr("[optimizer] has no key \"lerning_rate\""));
  EXPECT_THAT(key.hint_text(), HasSubstr("learning_rate"));
  EXPECT_EQ(key.places().front(), "recipe.toml, line 8");

  const Error section = error_of(std::string(kSmall) + "[optimiser]\n");
  EXPECT_EQ(section.code(), "recipe.unknown_key");
  EXPECT_THAT(section.hint_text(), HasSubstr("optimizer"));

  const Error choice = error_of(std::string(kSmall) + "[time]\nsampling = \"lognrm\"\n");
  EXPECT_EQ(choice.code(), "recipe.value");
  EXPECT_THAT(choice.what(), HasSubstr("\"lognrm\", expected uniform, lognorm"));
  EXPECT_THAT(choice.hint_text(), HasSubstr("lognorm"));

  const Error type = error_of(std::string(kSmall) + "[optimizer]\nclip = \"no\"\n");
  EXPECT_EQ(type.code(), "recipe.value");
  EXPECT_THAT(type.what(), HasSubstr("optimizer.clip is the text \"no\", expected a number"));

  const Error range = error_of(std::string(kSmall) + "[time]\nuniform_share = 3\n");
  EXPECT_EQ(range.code(), "recipe.range");
  EXPECT_THAT(range.what(), HasSubstr("is 3, expected 0 to 1"));

  const Error list = error_of(std::string(kSmall) + "[adapter]\ntargets = [1]\n");
  EXPECT_EQ(list.code(), "recipe.value");
}

TEST(Recipe, RefusesWhatIsNoToml) {
  const Error error = error_of("[run\nout = 1");
  EXPECT_EQ(error.code(), "recipe.syntax");
  EXPECT_EQ(error.places().front(), "recipe.toml, line 1");
}

TEST(Recipe, RefusesWhatMeansNothing) {
  EXPECT_EQ(error_of(std::string(kSmall) + "[vae]\nkl = 1\n").code(), "recipe.contradiction");
  EXPECT_EQ(error_of(std::string(kSmall) + "[schedule]\nwarmup = 100000\n").code(),
            "recipe.contradiction");
  EXPECT_EQ(error_of("[run]\nout = \"o\"\n").code(), "recipe.missing");
  EXPECT_EQ(error_of("[model]\npath = \"o\"\n").code(), "recipe.missing");
  const std::string parts = "[run]\nout=\"o\"\n[model]\npath=\"m\"\n";
  const std::string data = "[[data]]\npath=\"d\"\n";
  EXPECT_EQ(error_of(parts + "train = [\"vae\"]\n" + data, Kind::full).code(),
            "recipe.contradiction");
  EXPECT_EQ(error_of(parts + "train = [\"unet\"]\n" + data, Kind::full).code(), "recipe.value");
  EXPECT_EQ(error_of(parts + "fresh = [\"clip_model\"]\n" + data, Kind::full).code(),
            "recipe.contradiction");
  EXPECT_EQ(error_of(parts + "fresh = [\"transformer\"]\n" + data, Kind::lora).code(),
            "recipe.contradiction");
  EXPECT_EQ(error_of(std::string(kSmall) + "[pictures]\nresolution = 100\n").code(),
            "recipe.range");
  const std::string late = std::string(kSmall) + "[pictures]\nlate_resolution = 512\n";
  EXPECT_EQ(error_of(late, Kind::lora).code(), "");
  EXPECT_EQ(error_of(late, Kind::vae).code(), "recipe.contradiction");
}

TEST(Recipe, SettingsWinAndMayBePlainWords) {
  const Recipe recipe = read_recipe(
      kSmall, "recipe.toml", Kind::lora,
      {"run.steps=7", "time.sampling=uniform", "data.path=elsewhere", "optimizer.clip=2.5"});
  EXPECT_EQ(recipe.run.steps, 7);
  EXPECT_EQ(recipe.time.sampling, "uniform");
  EXPECT_EQ(recipe.data[0].path, "elsewhere");
  EXPECT_EQ(recipe.optimizer.clip, 2.5);
  EXPECT_EQ(code_of([] { read_recipe(kSmall, "r", Kind::lora, {"steps=7"}); }), "recipe.syntax");
  EXPECT_EQ(code_of([] { read_recipe(kSmall, "r", Kind::lora, {"run.step=7"}); }),
            "recipe.unknown_key");
}

TEST(Recipe, MistakesInSettingsNameTheSettingWithoutALine) {
  for (const char* setting : {"run.step=7", "run.steps=many", "run.steps=-1", "rum.steps=7"}) {
    try {
      read_recipe(kSmall, "recipe.toml", Kind::lora, {setting});
      ADD_FAILURE() << setting;
    } catch (const Error& error) {
      EXPECT_EQ(error.places().front(), std::string("--set ") + setting);
    }
  }
}

TEST(Recipe, PathsOfAFileStartFromItsFolder) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "recipe.toml", kSmall);
  const Recipe recipe = open_recipe(folder.path() / "recipe.toml", Kind::lora, {"data.path=given"});
  EXPECT_EQ(recipe.run.out, (folder.path() / "runs/one").string());
  EXPECT_EQ(recipe.model.path, (folder.path() / "model").string());
  EXPECT_EQ(recipe.data[0].path, "given");
}

TEST(Recipe, SamplePromptsMayStandInFiles) {
  const test::TemporaryFolder folder;
  write_file(folder.path() / "one.xml", "<character_1>\n</character_1>\n");
  const std::string samples =
      std::string(kSmall) + "[samples]\nprompts = [\"one.xml\", \"1girl\"]\n";
  write_file(folder.path() / "recipe.toml", samples);
  const auto open = [&](const std::vector<std::string>& settings) {
    return open_recipe(folder.path() / "recipe.toml", Kind::lora, settings).samples.prompts;
  };
  EXPECT_THAT(open({}), testing::ElementsAre("<character_1>\n</character_1>\n", "1girl"));
  const std::string other = (folder.path() / "none.txt").string();
  EXPECT_EQ(code_of([&] { open({"samples.prompts=['" + other + "']"}); }), "file.missing");
}

TEST(Recipe, ReferencePageIsUpToDate) {
  const std::filesystem::path page =
      std::filesystem::path(NEWBIE_SOURCE_DIR) / "docs/reference/training-recipe.md";
  if (std::getenv("NEWBIE_UPDATE")) write_file(page, recipe_reference());
  EXPECT_EQ(read_file(page), recipe_reference()) << "run again with NEWBIE_UPDATE=1";
}

}  // namespace
}  // namespace newbie::train
