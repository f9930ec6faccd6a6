#pragma once
/// The training of the ruler's classifier, from a recipe to files.

#include "train/loop/trainer.h"

namespace newbie::train {

/// Reads a recipe with the sections run, model, data, optimizer, schedule and average. Errors:
/// `recipe.*`, `file.*`.
Recipe open_classifier_recipe(const std::filesystem::path& file,
                              const std::vector<std::string>& set = {});

/// Trains, going on from a saved state if there is one. Errors: `config.*`, `recipe.*`, `state.*`,
/// `train.not_finite`.
RunEnd run_classifier(const Recipe& recipe, const TrainerOptions& options,
                      const TrainerEvents& events = {});

}  // namespace newbie::train
