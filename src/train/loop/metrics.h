#pragma once
/// The numbers of a run, one JSON object per step, in a file that survives interruptions.

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace newbie::train {

/// What one optimiser step measured. The loss and its parts are means over the passes of the step;
/// the norm is that of their mean gradient, before it is clipped.
struct StepMetrics {
  int64_t step = 0;  ///< steps done, from 1
  double loss = 0;
  std::vector<std::pair<std::string, double>> parts = {};
  double gradient_norm = 0;
  double learning_rate_factor = 1;
  double seconds = 0;  ///< spent on steps since the run began, over all its pieces
  double pictures_per_second = 0;
  uint64_t memory = 0;  ///< most bytes that the device had to hold so far
};

/// metrics.jsonl of a run.
class MetricsFile {
 public:
  /// Keeps the lines up to `step`, which a resumed run has behind it, and drops those after.
  /// Errors: `file.*`.
  MetricsFile(std::filesystem::path path, int64_t step);

  /// Steps come in order.
  void append(const StepMetrics& metrics);
  /// Everything so far, for the report.
  const std::vector<StepMetrics>& all() const { return all_; }

 private:
  std::filesystem::path path_;
  std::vector<StepMetrics> all_;
};

}  // namespace newbie::train
