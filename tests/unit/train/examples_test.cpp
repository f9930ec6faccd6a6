// The example recipes read without a complaint.

#include "support.h"
#include "train/recipe/read.h"

namespace newbie::train {
namespace {

TEST(ExampleRecipes, AllRead) {
  const std::filesystem::path folder =
      std::filesystem::path(NEWBIE_SOURCE_DIR) / "recipes/examples";
  for (const Kind kind : {Kind::lora, Kind::full, Kind::vae}) {
    const auto path = folder / (std::string(name_of(kind)) + ".toml");
    const Recipe recipe = open_recipe(path, kind);
    EXPECT_EQ(recipe.run.out, (folder / "runs" / name_of(kind)).string());
  }
}

TEST(ExampleRecipes, CharacterReads) {
  const std::filesystem::path source = NEWBIE_SOURCE_DIR;
  const Recipe recipe = open_recipe(source / "recipes/examples/character/lora.toml", Kind::lora);
  EXPECT_EQ(std::filesystem::path(recipe.model.path).lexically_normal(), source / "weights/nano");
}

}  // namespace
}  // namespace newbie::train
