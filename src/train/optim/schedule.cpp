#include "train/optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace newbie::train {

double learning_rate_factor(const ScheduleSection& schedule, int64_t step, int64_t steps) {
  if (step < schedule.warmup) {
    return static_cast<double>(step + 1) / static_cast<double>(schedule.warmup);
  }
  const double done = static_cast<double>(step - schedule.warmup) /
                      static_cast<double>(std::max<int64_t>(1, steps - schedule.warmup));
  const double range = 1 - schedule.floor;
  if (schedule.kind == "cosine") {
    return schedule.floor + range * (1 + std::cos(std::numbers::pi * done)) / 2;
  }
  if (schedule.kind == "linear") return schedule.floor + range * (1 - done);
  if (schedule.kind == "wsd") {
    const double share = static_cast<double>(step) / static_cast<double>(steps);
    if (share < schedule.decay_from) return 1;
    return std::max(schedule.floor, (1 - share) / (1 - schedule.decay_from));
  }
  return 1;
}

double average_decay(const AverageSection& average, int64_t step, int64_t steps) {
  if (average.decay <= 0) return 0;
  const bool later = static_cast<double>(step) >= average.later_from * static_cast<double>(steps);
  const double decay = later && average.later_decay > 0 ? average.later_decay : average.decay;
  const auto n = static_cast<double>(step + 1);
  return std::min(decay, (1 + n) / (12 + n));
}

double interpolated(double first, double last, int64_t step, int64_t steps) {
  return first + (last - first) * static_cast<double>(step) / static_cast<double>(steps);
}

}  // namespace newbie::train
