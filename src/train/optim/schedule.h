#pragma once
/// How settings change over a run: functions of the step alone.

#include <cstdint>

#include "train/recipe/recipe.h"

namespace newbie::train {

/// Share of the learning rate that step `step` (from 0) of `steps` uses. The rise reaches one at
/// the last step of the warm-up; cosine and linear fall from there to the floor at the end; wsd
/// falls linearly from `decay_from` of the run.
double learning_rate_factor(const ScheduleSection& schedule, int64_t step, int64_t steps);

/// Decay of the moving average after step `step`. The first steps, whose average is mostly the
/// start, decay faster: (1 + n) / (12 + n). 0 means that there is no average.
double average_decay(const AverageSection& average, int64_t step, int64_t steps);

/// A value that goes from `first` to `last` linearly over the run.
double interpolated(double first, double last, int64_t step, int64_t steps);

}  // namespace newbie::train
