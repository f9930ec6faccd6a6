#pragma once
/// A recipe from start to end: data, networks, loop.

#include "train/data/source.h"
#include "train/loop/trainer.h"
#include "train/memory_plan.h"
#include "train/objective/diffusion.h"

namespace newbie::train {

/// What a run tells before and while it goes; any may be empty.
struct RunEvents {
  TrainerEvents trainer;
  /// What happens before the first step.
  Preparing preparing;
  /// Findings of the data check that are no errors.
  std::function<void(const std::string& text)> warning;
  /// What the run will take, before anything is loaded; of kinds that can be planned.
  std::function<void(const MemoryPlan& plan)> plan;
};

/// Checks the data, loads what the recipe's kind needs, and trains, going on from a saved state if
/// there is one. Errors: `data.rejected`, those of loading, `state.*`, `train.not_finite`;
/// `memory.too_small` when an NVIDIA device lacks what the plan needs (the host is only warned of).
RunEnd run_recipe(const Recipe& recipe, const TrainerOptions& options,
                  const RunEvents& events = {});

/// Checks the data and plans the run, without loading or writing anything. A device that
/// `run.device` names need not be there. Errors: `data.rejected`, those of plan_memory;
/// `device.unavailable` in builds that know no such devices.
MemoryPlan plan_recipe(const Recipe& recipe, const CancelToken& stop = {},
                       const RunEvents& events = {});

}  // namespace newbie::train
