#pragma once
/// A recipe from start to end: data, networks, loop.

#include "train/data/source.h"
#include "train/loop/trainer.h"
#include "train/objective/diffusion.h"

namespace newbie::train {

/// What a run tells before and while it goes; any may be empty.
struct RunEvents {
  TrainerEvents trainer;
  /// What happens before the first step.
  Preparing preparing;
  /// Findings of the data check that are no errors.
  std::function<void(const std::string& text)> warning;
};

/// Checks the data, loads what the recipe's kind needs, and trains, going on from a saved state if
/// there is one. Errors: `data.rejected`, those of loading, `state.*`, `train.not_finite`.
RunEnd run_recipe(const Recipe& recipe, const TrainerOptions& options,
                  const RunEvents& events = {});

}  // namespace newbie::train
