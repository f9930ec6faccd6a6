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

}  // namespace
}  // namespace newbie::train
