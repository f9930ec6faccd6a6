/// Noise levels and solver trajectories of upstream and of diffusers, from schedule.json.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "diffusion/sample.h"
#include "support/golden.h"

namespace newbie::diffusion {
namespace {

constexpr double kSigmaTolerance = 1e-6;
constexpr double kTrajectoryTolerance = 1e-5;  // relative L2 of each state

using State = std::vector<float>;
using Numbers = std::vector<double>;

/// The list of that name, empty (and counted) when the set lacks it.
const Json& golden(const std::string& name) {
  static const Json json = [] {
    const auto path = test::golden_folder() / "goldens" / "schedule.json";
    return std::filesystem::exists(path) ? parse_json(read_file(path), path.string()).value()
                                         : Json::object();
  }();
  static const Json none = Json::array();
  if (json.contains(name)) return json.at(name);
  test::count_skipped(name);
  return none;
}

/// Compares lists that must have the same length.
void expect_near(const Numbers& got, const Numbers& want, double tolerance, const std::string& what,
                 const std::string& stage) {
  ASSERT_EQ(got.size(), want.size()) << what;
  double largest = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    EXPECT_NEAR(got[i], want[i], tolerance) << what << ", entry " << i;
    largest = std::max(largest, std::abs(got[i] - want[i]));
  }
  test::count_comparison(stage, largest);
}

std::string describe(const Json& entry, std::string_view name) {
  return std::string(name) + ", shift " + entry.at("shift").dump();
}

TEST(ScheduleGolden, FlowMatchEulerSigmasAndTimesteps) {
  for (const Json& entry : golden("flow_match_euler")) {
    const int steps = entry.at("steps").get<int>();
    const Schedule ours = make_schedule("double_shift", steps, entry.at("shift").get<double>());
    const std::string what =
        describe(entry, "flow_match_euler") + ", steps " + std::to_string(steps);
    expect_near(ours.sigmas(), entry.at("sigmas").get<Numbers>(), kSigmaTolerance, what,
                "sigmas of double_shift");
    Numbers timesteps;
    for (int i = 0; i < ours.steps(); ++i) timesteps.push_back(1000 * ours.sigma(i));
    expect_near(timesteps, entry.at("timesteps").get<Numbers>(), 1000 * kSigmaTolerance, what,
                "timesteps of double_shift");
  }
}

TEST(ScheduleGolden, DpmSigmasAndTruncatedTimesteps) {
  for (const Json& entry : golden("dpm_multistep_sigmas")) {
    const int steps = entry.at("steps").get<int>();
    const Schedule ours = make_schedule("dpm_flow", steps, entry.at("shift").get<double>());
    const std::string what = describe(entry, "dpm") + ", steps " + std::to_string(steps);
    expect_near(ours.sigmas(), entry.at("sigmas").get<Numbers>(), kSigmaTolerance, what,
                "sigmas of dpm_flow");
    std::vector<int> timesteps;
    for (int i = 0; i < ours.steps(); ++i) {
      timesteps.push_back(static_cast<int>(static_cast<float>(ours.sigma(i)) * 1000.0f));
    }
    EXPECT_EQ(timesteps, entry.at("timesteps").get<std::vector<int>>()) << what;
  }
}

TEST(ScheduleGolden, TimeGridOfUpstream) {
  for (const Json& entry : golden("newbie_time_grid")) {
    const int points = entry.at("num_steps").get<int>();
    const double shift = entry.at("shift").get<double>();
    const Numbers want = entry.at("t").get<Numbers>();
    const std::vector<float> grid = native_time_grid(points, shift);
    const std::string what = describe(entry, "grid") + ", points " + std::to_string(points);
    expect_near(Numbers(grid.begin(), grid.end()), want, kSigmaTolerance, what, "upstream times");
    if (points < 2) continue;
    Numbers times;
    const Schedule native = make_schedule("native", points, shift);
    for (double sigma : native.sigmas()) times.push_back(1 - sigma);
    expect_near(times, want, kSigmaTolerance, what, "sigmas of native");
  }
}

/// What a run of ours left behind.
struct Run {
  std::vector<State> states;  ///< start, then x after every step
  std::vector<State> asked;   ///< x of every velocity
  Numbers times;              ///< t of every velocity
};

/// v(x, t) = sin(3x) + t x, in f32 as the golden file was made.
Tensor field(const Tensor& x, double t) {
  std::vector<float> values = x.to_floats();
  for (float& value : values) value = std::sin(3 * value) + static_cast<float>(t) * value;
  return Tensor::from(values, x.shape(), x.device());
}

Run run(std::string_view schedule, std::string_view sampler, int steps, double shift,
        const State& x0) {
  Run result;
  const Tensor start = Tensor::from(x0, Shape{1, static_cast<int64_t>(x0.size())}, Device::cpu(1));
  result.states.push_back(start.to_floats());
  sample(
      start, {make_schedule(schedule, steps, shift), sampler, {}, {}, {}},
      [&](const Tensor& x, const FlowPoint& at) {
        result.asked.push_back(x.to_floats());
        result.times.push_back(at.time());
        return field(x, at.time());
      },
      [&](const Progress& progress) { result.states.push_back(progress.x.to_floats()); });
  return result;
}

/// diffusers' Heun lists its predictions as states of their own.
std::vector<State> with_predictions(const Run& run) {
  std::vector<State> states{run.states.front()};
  for (size_t i = 1; i + 1 < run.states.size(); ++i) {
    states.push_back(run.asked[2 * i - 1]);
    states.push_back(run.states[i]);
  }
  states.push_back(run.states.back());
  return states;
}

struct Solver {
  std::string_view golden;
  std::string_view schedule;
  std::string_view sampler;
};

constexpr Solver kSolvers[] = {
    {"diffusers FlowMatchEuler", "double_shift", "euler"},
    {"diffusers FlowMatchHeun", "double_shift", "heun"},
    {"diffusers DPMSolverMultistep dpmsolver++ order 2 midpoint", "dpm_flow", "dpmpp_2m"},
    {"diffusers DPMSolverMultistep dpmsolver++ order 2 heun", "dpm_flow", "dpmpp_2m_heun"},
    {"newbie_ode euler", "native", "euler"},
    {"newbie_ode midpoint", "native", "midpoint"},
    {"newbie_ode heun2", "native", "heun2"},
    {"newbie_ode heun3", "native", "heun3"},
    {"newbie_ode rk4", "native", "rk4"},
    {"newbie_dpm", "native_dpm", "dpmpp_2m_native"},
};

void compare_trajectory(const Json& entry, const Solver& solver, const State& x0) {
  const int steps =
      entry.contains("steps") ? entry.at("steps").get<int>() : entry.at("num_steps").get<int>();
  const Run ours = run(solver.schedule, solver.sampler, steps, entry.at("shift").get<double>(), x0);
  const std::string what = describe(entry, solver.golden) + ", steps " + std::to_string(steps);
  const std::string stage(solver.golden);
  if (entry.contains("model_calls")) {
    EXPECT_EQ(ours.times.size(), entry.at("model_calls").get<size_t>()) << what;
  }
  if (entry.contains("model_t")) {
    expect_near(ours.times, entry.at("model_t").get<Numbers>(), kSigmaTolerance, what,
                stage + " times");
  }
  const std::vector<State> states =
      solver.golden.ends_with("FlowMatchHeun") ? with_predictions(ours) : ours.states;
  const std::vector<State> want = entry.at("x").get<std::vector<State>>();
  ASSERT_EQ(states.size(), want.size()) << what;
  for (size_t i = 0; i < want.size(); ++i) {
    test::expect_close(want[i], states[i], kTrajectoryTolerance, stage,
                       what + ", state " + std::to_string(i));
  }
  if (entry.contains("final")) {
    test::expect_close(entry.at("final").get<State>(), states.back(), kTrajectoryTolerance, stage,
                       what + ", final");
  }
}

TEST(ScheduleGolden, Trajectories) {
  const Json& x0 = golden("x0");
  for (const Json& entry : golden("trajectories")) {
    const std::string name = entry.at("solver").get<std::string>();
    const Solver* solver = std::find_if(std::begin(kSolvers), std::end(kSolvers),
                                        [&](const Solver& s) { return s.golden == name; });
    if (solver == std::end(kSolvers)) {
      test::count_skipped(name);
      continue;
    }
    compare_trajectory(entry, *solver, x0.get<State>());
  }
}

}  // namespace
}  // namespace newbie::diffusion
