#pragma once
/// Recipes from TOML. A wrong recipe is told by file, line, key, what was found and what was
/// expected.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "train/recipe/recipe.h"

namespace newbie::train {

/// Keys that the text leaves out keep the values of default_recipe(kind); `name` stands for the
/// text in messages. `settings` are "section.key=value" and win over the text. Errors:
/// `recipe.syntax`, `recipe.unknown_key`, `recipe.value`, `recipe.range`, `recipe.missing`,
/// `recipe.contradiction`.
Recipe read_recipe(std::string_view text, const std::string& name, Kind kind,
                   const std::vector<std::string>& settings = {});

/// The same from a file; relative paths inside it start from its folder, those of `settings` from
/// where the program runs. Errors: also `file.*`.
Recipe open_recipe(const std::filesystem::path& path, Kind kind,
                   const std::vector<std::string>& settings = {});

/// Throws when keys contradict each other or one that has no default is missing.
void validate(const Recipe& recipe);

}  // namespace newbie::train
