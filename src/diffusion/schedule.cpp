#include "diffusion/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "base/error.h"
#include "diffusion/flow.h"
#include "tensor/linspace.h"

namespace newbie::diffusion {
namespace {

constexpr int kMaximumSteps = 1000;
constexpr double kMaximumShift = 1000;
constexpr int kTrainingTimes = 1000;

float shift_f32(float sigma, float shift) { return shift * sigma / (1 + (shift - 1) * sigma); }

/// Shifted in f32, the type that the other programs compute in, then 0.
std::vector<double> shifted(const std::vector<float>& sigmas, double shift) {
  std::vector<double> result;
  for (float sigma : sigmas) result.push_back(shift_f32(sigma, static_cast<float>(shift)));
  result.push_back(0);
  return result;
}

/// Source: diffusers Lumina2 pipelines; model specification 7.4.
std::vector<double> linear(int steps, double shift) {
  return shifted(torch_linspace(1, 1 / static_cast<float>(steps), steps), shift);
}

/// Source: upstream transport integrators; model specification 7.2.
std::vector<double> native(int points, double shift) {
  std::vector<double> sigmas;
  for (float t : native_time_grid(points, shift)) sigmas.push_back(1 - static_cast<double>(t));
  sigmas.back() = 0;  // rounding of the shift may leave the last time just beside 1
  return sigmas;
}

/// Source: diffusers FlowMatchEulerDiscreteScheduler.set_timesteps(N); model specification 7.4.
std::vector<double> double_shift(int steps, double shift) {
  const double lowest = shift_f32(1.0f / kTrainingTimes, static_cast<float>(shift));
  std::vector<double> sigmas;
  for (int i = 0; i < steps; ++i) {
    const double even = i == 0 ? 1 : 1 + (lowest - 1) * i / (steps - 1);
    sigmas.push_back(static_cast<float>(shift_sigma(even, shift)));
  }
  sigmas.push_back(0);
  return sigmas;
}

/// Source: ComfyUI simple scheduler on its table of 1000 levels; model specification 7.7.
std::vector<double> simple(int steps, double shift) {
  std::vector<double> sigmas;
  for (int i = 0; i < steps; ++i) {
    const int entry = kTrainingTimes - i * kTrainingTimes / steps;
    sigmas.push_back(
        shift_f32(static_cast<float>(entry) / kTrainingTimes, static_cast<float>(shift)));
  }
  sigmas.push_back(0);
  return sigmas;
}

/// The first half of the steps moves t evenly to 0.025; then a parabola that goes on with the same
/// slope reaches 1. Source: Genmo Mochi, taken over by LTX-Video and ComfyUI.
std::vector<double> linear_quadratic(int steps, double) {
  constexpr double kThreshold = 0.025;
  if (steps == 1) return {1, 0};
  const int linear_steps = steps / 2;
  const int rest = steps - linear_steps;
  const double slope = kThreshold / linear_steps;
  const double bend = (1 - kThreshold - slope * rest) / (static_cast<double>(rest) * rest);
  std::vector<double> sigmas;
  for (int i = 0; i < steps; ++i) {
    const double beyond = std::max(0, i - linear_steps);
    sigmas.push_back(1 - slope * i - bend * beyond * beyond);
  }
  sigmas.push_back(0);
  return sigmas;
}

/// Source: diffusers DPMSolverMultistepScheduler with flow sigmas; model specification 7.6.
std::vector<double> dpm_flow(int steps, double shift) {
  constexpr double kHighest = 1 - 1.0 / kTrainingTimes;
  std::vector<double> sigmas;
  for (int i = 0; i < steps; ++i) {
    const double sigma = shift_sigma(kHighest * (steps - i) / steps, shift);
    sigmas.push_back(static_cast<float>(sigma));
  }
  sigmas.push_back(0);
  return sigmas;
}

/// The same in f32 throughout. Source: upstream's DPM-Solver; model specification 7.3.
std::vector<double> native_dpm(int steps, double shift) {
  std::vector<float> sigmas = torch_linspace(1, 1.0f / kTrainingTimes, steps + 1);
  for (float& sigma : sigmas) sigma = 1 - sigma;
  std::vector<double> result = shifted(sigmas, shift);  // from 0 upwards, and 0 at the end
  result.pop_back();
  std::reverse(result.begin(), result.end());
  return result;
}

constexpr std::array<ScheduleInfo, 7> kSchedules = {{
    {"linear", "Even steps from noise to image, shifted once (diffusers pipelines).", 1, linear},
    {"native",
     "Upstream's grid of N points, so N - 1 steps; the points are those of linear with N - 1.", 2,
     native},
    {"simple", "Every k-th of 1000 shifted noise levels (ComfyUI).", 1, simple},
    {"linear_quadratic",
     "Half of the steps at very high noise, then a parabola (Mochi, ComfyUI); ignores the shift.",
     1, linear_quadratic},
    {"dpm_flow", "Starts just below pure noise and shifts once (DPM-Solver++ for flows).", 1,
     dpm_flow},
    {"native_dpm", "dpm_flow with the rounding of upstream's own code, for comparing pictures.", 1,
     native_dpm},
    {"double_shift", "Shifted twice, which diffusers does when given a number of steps only.", 1,
     double_shift},
}};

[[noreturn]] void refuse_sigmas(size_t i, double value, std::string_view rule) {
  throw Error("request.sigmas", fmt::format("sigma {} is {}, expected {}", i, value, rule))
      .hint("sigmas descend strictly from at most 1 and end with 0, such as 1, 0.75, 0.4, 0");
}

}  // namespace

Schedule::Schedule(std::vector<double> sigmas) : sigmas_(std::move(sigmas)) {
  if (sigmas_.size() < 2) {
    throw Error("request.sigmas", fmt::format("{} sigmas, expected at least 2", sigmas_.size()))
        .hint("give the start, any levels between, and 0");
  }
  for (size_t i = 0; i < sigmas_.size(); ++i) {
    const double sigma = sigmas_[i];
    if (!(sigma >= 0 && sigma <= 1)) refuse_sigmas(i, sigma, "a number from 0 to 1");
    if (i > 0 && !(sigma < sigmas_[i - 1])) {
      refuse_sigmas(i, sigma, fmt::format("less than {}, the one before", sigmas_[i - 1]));
    }
  }
  if (sigmas_.back() != 0) refuse_sigmas(sigmas_.size() - 1, sigmas_.back(), "0 at the end");
}

Schedule Schedule::last(int steps) const {
  check(steps >= 1 && steps <= this->steps(), "Schedule::last: no such number of steps");
  return Schedule(std::vector<double>(sigmas_.end() - steps - 1, sigmas_.end()));
}

std::span<const ScheduleInfo> schedules() { return kSchedules; }

const ScheduleInfo& schedule_named(std::string_view name) {
  std::vector<std::string_view> names;
  for (const ScheduleInfo& schedule : kSchedules) {
    if (schedule.name == name) return schedule;
    names.push_back(schedule.name);
  }
  const std::string meant = did_you_mean(name, names);
  throw Error("request.unknown_schedule", fmt::format("there is no schedule \"{}\"", name))
      .hint(meant.empty() ? fmt::format("schedules are {}", fmt::join(names, ", "))
                          : fmt::format("did you mean \"{}\"?", meant));
}

Schedule make_schedule(std::string_view name, int steps, double shift) {
  const ScheduleInfo& info = schedule_named(name);
  if (steps < info.minimum_steps || steps > kMaximumSteps) {
    throw Error("request.steps", fmt::format("{} steps with schedule {}, expected {} to {}", steps,
                                             info.name, info.minimum_steps, kMaximumSteps));
  }
  if (!(shift > 0 && shift <= kMaximumShift)) {
    throw Error("request.shift", fmt::format("shift is {}, expected a number above 0, at most {}",
                                             shift, kMaximumShift));
  }
  return Schedule(info.sigmas(steps, shift));
}

std::vector<float> native_time_grid(int points, double shift) {
  const float s = static_cast<float>(shift);
  std::vector<float> times = torch_linspace(0, 1, points);
  for (float& t : times) t = t / (t + s - s * t);
  return times;
}

}  // namespace newbie::diffusion
