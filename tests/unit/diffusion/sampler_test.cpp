#include "diffusion/sampler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "toys.h"

namespace newbie::diffusion {
namespace {

struct Case {
  std::string_view sampler;
  std::string_view schedule;
  int steps;
  int evaluations;
  std::vector<double> result;
  double tolerance = 1e-5;
};

void expect_case(const Case& c, const Tensor& x, double shift, const Velocity& velocity) {
  int asked = 0;
  const Schedule schedule = make_schedule(c.schedule, c.steps, shift);
  const Tensor result =
      sample(x, settings_for(schedule, c.sampler), [&](const Tensor& at, const FlowPoint& point) {
        ++asked;
        return velocity(at, point);
      });
  const std::string what = std::string(c.sampler) + " on " + std::string(c.schedule);
  expect_values(result.to_floats(), c.result, c.tolerance, what);
  EXPECT_EQ(asked, c.evaluations) << what;
  EXPECT_EQ(evaluations(sampler_named(c.sampler), schedule), c.evaluations) << what;
}

/// Source: model specification A.3 (a), v(x, t) = -x t.
TEST(Samplers, UpstreamSolvers) {
  const Velocity field = pointwise([](double x, double sigma) { return -x * (1 - sigma); });
  const std::vector<Case> cases = {
      {"euler", "native", 5, 4, {-0.47438473, -0.34240773, -0.074977502, 0.74282444}},
      {"midpoint", "native", 5, 8, {-0.36034548, -0.260095, -0.056953367, 0.56425399}},
      {"heun2", "native", 5, 8, {-0.37515402, -0.27078366, -0.059293881, 0.58744216}},
      {"heun3", "native", 5, 12, {-0.38405153, -0.27720582, -0.06070016, 0.60137451}},
      {"rk4", "native", 5, 16, {-0.38119024, -0.27514058, -0.06024792, 0.59689409}},
      {"dpmpp_2m_native",
       "native_dpm",
       2,
       2,
       {-0.55274034, -0.39896321, -0.087360799, 0.86549062},
       1e-4},
      {"dpmpp_2m_native",
       "native_dpm",
       4,
       4,
       {-0.46986991, -0.33914882, -0.074263707, 0.73574775},
       1e-4},
      {"dpmpp_2m", "dpm_flow", 4, 4, {-0.46986991, -0.33914882, -0.074263707, 0.73574775}, 1e-4},
  };
  for (const Case& c : cases) expect_case(c, specification_x(), 6, field);
}

/// Source: model specification A.3 (b), -v = -0.5 x + 0.1 sigma.
TEST(Samplers, DiffusersSchedulers) {
  const Velocity field = pointwise([](double x, double sigma) { return 0.5 * x - 0.1 * sigma; });
  const std::vector<Case> cases = {
      {"euler", "double_shift", 4, 4, {-1.0698882, -0.79683346, -0.24353163, 1.4484659}},
      {"euler", "linear", 4, 4, {-1.0734963, -0.79897076, -0.24268891, 1.4584218}},
      {"heun", "double_shift", 4, 7, {-1.1045347, -0.81735724, -0.2354392, 1.5440683}},
  };
  for (const Case& c : cases) expect_case(c, specification_x(), 6, field);

  const Velocity integer_times = pointwise(
      [](double x, double sigma) { return 0.5 * x - 0.1 * std::floor(1000 * sigma) / 1000; });
  expect_case({"dpmpp_2m", "dpm_flow", 4, 4, {-1.0746924, -0.79963154, -0.24226493, 1.4621632}},
              specification_x(), 6, integer_times);
}

/// Source: model specification A.3 (c).
TEST(Samplers, ComfySamplers) {
  const Velocity field = pointwise([](double x, double sigma) { return 0.5 * x - 0.1 * sigma; });
  const std::vector<Case> cases = {
      {"euler", "simple", 4, 4, {1.479631409}, 1e-6},
      {"heun", "simple", 4, 7, {1.489889656}, 1e-6},
      {"dpmpp_2m_comfy", "simple", 4, 4, {1.491115648}, 1e-6},
      {"res_multistep", "simple", 4, 4, {1.491559891}, 1e-6},
  };
  for (const Case& c : cases) expect_case(c, image({1}), 6, field);
}

/// The formulas of the model specification, 7.8, in double, written down apart from ours; the fresh
/// noise has strength 0, so that numbers can be compared.
TEST(Samplers, StochasticSamplersWithoutTheirNoise) {
  const Velocity field = pointwise([](double x, double sigma) { return 0.5 * x - 0.1 * sigma; });
  SampleSettings settings = settings_for(make_schedule("simple", 4, 6), "er_sde");
  settings.options = {.eta = 0.5, .noise_scale = 0};
  EXPECT_NEAR(sample(image({1}), settings, field).to_floats()[0], 0.000813141090, 1.5e-7);
  settings.sampler = "euler_ancestral";
  EXPECT_NEAR(sample(image({1}), settings, field).to_floats()[0], 0.635072544, 1e-6);
}

double slope(double x, double t) { return std::sin(3 * x) + t * x; }

/// Where that slope leads from 0.4 at t = 0, by many small steps in double.
double end_of_flow() {
  constexpr int kSteps = 4096;
  double x = 0.4;
  for (int i = 0; i < kSteps; ++i) {
    const double h = 1.0 / kSteps;
    const double t = i * h;
    const double k1 = slope(x, t);
    const double k2 = slope(x + h / 2 * k1, t + h / 2);
    const double k3 = slope(x + h / 2 * k2, t + h / 2);
    const double k4 = slope(x + h * k3, t + h);
    x += h / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
  }
  return x;
}

/// Doubling the steps divides the error by 2^order.
TEST(Samplers, ErrorsShrinkWithTheOrderOfTheMethod) {
  const Velocity field = pointwise([](double x, double sigma) { return slope(x, 1 - sigma); });
  const std::map<std::string_view, double> orders = {
      {"euler", 1},          {"heun", 2},         {"heun2", 2},    {"midpoint", 2},
      {"heun3", 3},          {"rk4", 4},          {"dpmpp_2m", 2}, {"dpmpp_2m_heun", 2},
      {"dpmpp_2m_comfy", 2}, {"res_multistep", 2}};
  const double truth = end_of_flow();
  for (const auto& [sampler, order] : orders) {
    const auto error = [&, name = sampler](int steps) {
      const Schedule schedule = make_schedule("linear", steps, 1);
      return std::abs(sample(image({0.4f}), settings_for(schedule, name), field).to_floats()[0] -
                      truth);
    };
    const int steps = order < 3 ? 64 : 8;
    const double found = std::log2(error(steps) / error(2 * steps));
    EXPECT_GT(found, order - 0.4) << sampler;
    EXPECT_LT(found, order + 1) << sampler;
  }
}

/// On a straight flow the first step already knows the end, so every deterministic sampler must
/// arrive, from any schedule.
TEST(Samplers, AStraightFlowEndsAtTheImage) {
  const std::vector<float> data = {0.5f, -2, 3, 0};
  const std::vector<float> noise = {1, 0.25f, -1, -0.75f};
  const Velocity straight = [&](const Tensor& x, const FlowPoint&) {
    return Tensor::from(
        {data[0] - noise[0], data[1] - noise[1], data[2] - noise[2], data[3] - noise[3]}, x.shape(),
        cpu());
  };
  for (const SamplerInfo& sampler : samplers()) {
    if (sampler.stochastic) continue;
    for (const char* schedule : {"linear", "simple", "linear_quadratic", "native"}) {
      for (int steps : {2, 3, 9}) {
        const Schedule levels = make_schedule(schedule, steps, 6);
        const Tensor end = sample(image(noise), settings_for(levels, sampler.name), straight);
        expect_values(end.to_floats(), {0.5, -2, 3, 0}, 2e-5,
                      std::string(sampler.name) + " on " + schedule);
      }
    }
  }
}

/// When all data are 0, x at any sigma is sigma times noise; a stochastic sampler has to keep that.
TEST(Samplers, StochasticSamplersKeepTheNoiseLevel) {
  const Velocity to_zero = pointwise([](double x, double sigma) { return -x / sigma; });
  for (const char* sampler : {"euler_ancestral", "er_sde"}) {
    const Tensor start = gaussian_noise(RngKind::newbie, 1, Shape{1, 16, 32, 32}, cpu());
    sample(start, settings_for(make_schedule("simple", 8, 6), sampler), to_zero,
           [&](const Progress& progress) {
             double variance = 0;
             for (float v : progress.x.to_floats()) {
               variance += static_cast<double>(v) * v / static_cast<double>(start.numel());
             }
             EXPECT_NEAR(std::sqrt(variance), progress.sigma, 0.03 * progress.sigma + 1e-6)
                 << sampler;
           });
  }
}

TEST(Samplers, AncestralWithoutFreshNoiseIsEuler) {
  const Velocity field = pointwise([](double x, double sigma) { return 0.5 * x - 0.1 * sigma; });
  SampleSettings settings = settings_for(make_schedule("linear", 6, 6), "euler_ancestral");
  settings.options.eta = 0;
  const std::vector<float> calm = sample(specification_x(), settings, field).to_floats();
  settings.sampler = "euler";
  const std::vector<float> euler = sample(specification_x(), settings, field).to_floats();
  for (size_t i = 0; i < euler.size(); ++i) EXPECT_NEAR(calm[i], euler[i], 1e-6);
}

TEST(Samplers, FreshNoiseBelongsToTheImageNotToTheBatch) {
  const Velocity field = pointwise([](double x, double sigma) { return 0.5 * x - 0.1 * sigma; });
  const Shape shape{4, 4, 4};
  for (const SamplerInfo& sampler : samplers()) {
    for (RngKind kind : {RngKind::newbie, RngKind::torch_cpu, RngKind::torch_cuda}) {
      SampleSettings settings = settings_for(make_schedule("linear", 5, 6), sampler.name);
      settings.noise.kind = kind;
      settings.noise.seeds = batch_seeds(10, 3);
      const Tensor batch =
          sample(gaussian_noise(kind, settings.noise.seeds, shape, cpu()), settings, field);
      settings.noise.seeds = {11};
      const Tensor alone =
          sample(gaussian_noise(kind, settings.noise.seeds, shape, cpu()), settings, field);
      EXPECT_EQ(batch.slice(1, 2).to_floats(), alone.to_floats()) << sampler.name;
    }
  }
}

TEST(Samplers, TheTableTellsTheNumberOfEvaluations) {
  for (const SamplerInfo& sampler : samplers()) {
    for (const char* schedule : {"linear", "dpm_flow"}) {
      for (int steps : {1, 2, 5}) {
        const Schedule levels = make_schedule(schedule, steps, 6);
        int asked = 0;
        sample(specification_x(), settings_for(levels, sampler.name),
               [&](const Tensor& x, const FlowPoint&) {
                 ++asked;
                 return x;
               });
        EXPECT_EQ(asked, evaluations(sampler, levels)) << sampler.name << " " << steps;
      }
    }
  }
}

TEST(Samplers, UnknownNamesAreRefusedWithTheOneMeant) {
  EXPECT_EQ(code_of([] { sampler_named("eulr"); }), "request.unknown_sampler");
  try {
    sampler_named("eulr");
  } catch (const Error& error) {
    EXPECT_EQ(error.hint_text(), "did you mean \"euler\"?");
  }
}

}  // namespace
}  // namespace newbie::diffusion
