#pragma once
/// Lists of noise levels, from the start of sampling to the image.

#include <span>
#include <string_view>
#include <vector>

namespace newbie::diffusion {

/// Noise levels, strictly descending in [0,1] and ending with 0; step i goes from sigma(i) to
/// sigma(i+1).
class Schedule {
 public:
  /// Any list that keeps the rule. Error: `request.sigmas` naming the entry that breaks it.
  explicit Schedule(std::vector<double> sigmas);

  int steps() const { return static_cast<int>(sigmas_.size()) - 1; }
  double sigma(int i) const { return sigmas_[static_cast<size_t>(i)]; }
  const std::vector<double>& sigmas() const { return sigmas_; }

  /// The last `steps` steps.
  Schedule last(int steps) const;

 private:
  std::vector<double> sigmas_;
};

/// One row of the table of schedules: what help, docs and requests know about it.
struct ScheduleInfo {
  std::string_view name;
  std::string_view sentence;
  int minimum_steps;
  std::vector<double> (*sigmas)(int steps, double shift);
};

/// All schedules, the default first.
std::span<const ScheduleInfo> schedules();

/// Error: `request.unknown_schedule`, with the name that was probably meant.
const ScheduleInfo& schedule_named(std::string_view name);

/// Errors: `request.unknown_schedule`; `request.steps` and `request.shift` when out of range.
Schedule make_schedule(std::string_view name, int steps, double shift);

/// Upstream's grid: linspace(0,1,points) in f32, shifted. One point gives {0}.
std::vector<float> native_time_grid(int points, double shift);

}  // namespace newbie::diffusion
