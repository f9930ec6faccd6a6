#pragma once
/// Recipes as text: a template with comments, the settings of a run, and the reference page.

#include <string>

#include "train/recipe/recipe.h"

namespace newbie::train {

/// TOML with every key of the recipe's kind, its sentence and its range; reading it gives the
/// recipe back.
std::string template_of(Recipe recipe);

/// TOML without comments. What a run keeps beside its states.
std::string to_toml(Recipe recipe);

/// docs/reference/training-recipe.md.
std::string recipe_reference();

}  // namespace newbie::train
