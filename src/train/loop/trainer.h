#pragma once
/// The loop: passes, steps, saved states, samples, numbers. A run that is interrupted at any point
/// and started again goes on as if it had not been: the weights are the same, bit for bit, on one
/// class of processor.

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "base/cancel.h"
#include "train/loop/metrics.h"
#include "train/loop/objective.h"
#include "train/optim/average.h"
#include "train/optim/optimizer.h"
#include "train/recipe/recipe.h"
#include "train/state/state_folder.h"

namespace newbie::train {

/// What a run tells while it goes; either may be empty.
struct TrainerEvents {
  /// After every step; `steps` are planned.
  std::function<void(const StepMetrics& metrics, int64_t steps)> step;
  /// "resumed at step 500", "state saved", one sentence each.
  std::function<void(const std::string& text)> note;
};

/// When a run stops early, and what it leaves out.
struct TrainerOptions {
  /// Asked between passes: what is unfinished is dropped, the last step is saved.
  CancelToken stop;
  /// Ends a piece of the run that long after `begun`, as if stopped; 0 = never.
  double seconds = 0;
  /// Ends a piece after that step; 0 = never.
  int64_t until = 0;
  std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();
  /// Sample pictures and report are made by the faces of the run; tests do without.
  bool report = true;
};

enum class RunEnd : uint8_t { finished, stopped, sliced };

/// The losses of one optimiser step, averaged over its passes.
struct StepLosses {
  double total = 0;
  std::vector<std::pair<std::string, double>> parts;
  std::vector<std::string> pictures;
};

/// One run from its newest saved state to the last step of its recipe, or to where it is stopped.
class Trainer {
 public:
  /// Goes on from the newest state below `recipe.run.out`, if there is one. Errors: `state.*`,
  /// `file.*`.
  Trainer(Objective& objective, const Recipe& recipe, TrainerOptions options,
          TrainerEvents events = {});

  /// Errors: `train.not_finite` naming the step, the parameter and the pictures; any of the
  /// objective's. Whatever the error, the state after the last whole step is kept.
  RunEnd run();

  int64_t steps_done() const { return done_; }
  const std::vector<StepMetrics>& metrics() const { return metrics_->all(); }

 private:
  std::vector<StateFile> state_files();
  void resume(const SavedState& state);
  std::string journal() const;
  void save();
  void save_despite_failure();
  void report_despite_failure();
  RunEnd steps();
  using Clock = std::chrono::steady_clock;
  /// The losses of one step's passes; nothing when it was stopped.
  std::optional<std::vector<Losses>> accumulate();
  void take_step(const std::vector<Losses>& passes, Clock::time_point begun);
  [[noreturn]] void refuse_not_finite(const StepLosses& losses, double norm);
  /// Calls body while the parameters are their averages, where there are any.
  void with_averages(const std::function<void()>& body);
  void make_samples();
  void write_report();
  void finish();
  void note(const std::string& text) const;

  Objective& objective_;
  Recipe recipe_;
  TrainerOptions options_;
  TrainerEvents events_;
  std::filesystem::path folder_;
  FolderLock lock_;
  Optimizer optimizer_;
  std::optional<WeightAverage> average_;
  std::optional<MetricsFile> metrics_;
  int64_t done_ = 0;
  int64_t saved_ = -1;  ///< the step of the newest saved state
  bool whole_ = true;   ///< the parameters are those after the last step
  double seconds_ = 0;
};

}  // namespace newbie::train
