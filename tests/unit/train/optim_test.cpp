// Learning rates, times, Muon, averages and optimisers against numbers computed by hand.

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "support.h"
#include "support/tensors.h"
#include "train/objective/times.h"
#include "train/optim/average.h"
#include "train/optim/muon.h"
#include "train/optim/optimizer.h"
#include "train/optim/schedule.h"

namespace newbie::train {
namespace {

TEST(LearningRate, WarmsUpAndFalls) {
  const auto at = [](const char* kind, int64_t step, double floor = 0) {
    return learning_rate_factor({.kind = kind, .warmup = 4, .floor = floor, .decay_from = 0.5},
                                step, 20);
  };
  for (const char* kind : {"constant", "cosine", "linear", "wsd"}) {
    EXPECT_DOUBLE_EQ(at(kind, 0), 0.25);
    EXPECT_DOUBLE_EQ(at(kind, 3), 1.0);
    EXPECT_DOUBLE_EQ(at(kind, 4), 1.0);
  }
  EXPECT_DOUBLE_EQ(at("constant", 19), 1.0);
  EXPECT_DOUBLE_EQ(at("linear", 12), 0.5);  // 8 of 16 steps after the warm-up
  EXPECT_DOUBLE_EQ(at("linear", 12, 0.2), 0.6);
  EXPECT_NEAR(at("cosine", 12), 0.5, 1e-12);
  EXPECT_NEAR(at("cosine", 8), 0.5 + 0.5 * std::sqrt(0.5), 1e-12);
  EXPECT_DOUBLE_EQ(at("wsd", 9), 1.0);
  EXPECT_DOUBLE_EQ(at("wsd", 15), 0.5);  // a quarter of the run is left, half was the fall
  EXPECT_DOUBLE_EQ(at("wsd", 19, 0.2), 0.2);
}

TEST(AverageDecay, StartsQuicklyAndChangesLate) {
  const AverageSection section{.decay = 0.998, .later_decay = 0.999, .later_from = 0.5};
  EXPECT_DOUBLE_EQ(average_decay(section, 0, 100000), 2.0 / 13);
  EXPECT_DOUBLE_EQ(average_decay(section, 40000, 100000), 0.998);
  EXPECT_DOUBLE_EQ(average_decay(section, 50000, 100000), 0.999);
  EXPECT_DOUBLE_EQ(average_decay({}, 500, 1000), 0);
}

TEST(Times, QuantileInvertsTheNormalDistribution) {
  EXPECT_DOUBLE_EQ(normal_quantile(0.5), 0);
  EXPECT_NEAR(normal_quantile(0.975), 1.959963984540054, 1e-9);
  EXPECT_NEAR(normal_quantile(0.025), -1.959963984540054, 1e-9);
  EXPECT_NEAR(normal_quantile(1e-9), -5.997807015, 1e-7);
  EXPECT_TRUE(std::isinf(normal_quantile(0)));
}

TEST(Times, UpstreamsShiftAtItsResolutions) {
  EXPECT_NEAR(std::log(resolution_shift(256)), 0.5, 1e-12);
  EXPECT_NEAR(std::log(resolution_shift(4096)), 1.15, 1e-12);
  EXPECT_NEAR(resolution_shift(4096), 3.158, 1e-3);
}

/// Mean and variance of a function of many times.
struct Moments {
  double mean = 0, variance = 0;
};
template <class Function>
Moments moments(const TimeSection& section, const Function& f) {
  const auto times = sample_times(section, 5, 0, 20000, 256);
  Moments m;
  for (const float t : times) m.mean += f(static_cast<double>(t)) / 20000;
  for (const float t : times) m.variance += std::pow(f(static_cast<double>(t)) - m.mean, 2) / 20000;
  return m;
}

TEST(Times, FollowTheirDistributions) {
  const auto logit = [](double t) { return std::log(t / (1 - t)); };
  const auto same = [](double t) { return t; };
  const Moments uniform = moments({.sampling = "uniform", .shift = "off"}, same);
  EXPECT_NEAR(uniform.mean, 0.5, 0.01);
  EXPECT_NEAR(uniform.variance, 1.0 / 12, 0.003);
  const Moments normal =
      moments({.sampling = "lognorm", .mean = 0.3, .deviation = 0.7, .shift = "off"}, logit);
  EXPECT_NEAR(normal.mean, 0.3, 0.02);
  EXPECT_NEAR(normal.variance, 0.49, 0.02);
  // The shift t / (t + s (1 - t)) moves the logit by -ln s.
  const Moments shifted =
      moments({.sampling = "lognorm", .shift = "fixed", .shift_factor = 3}, logit);
  EXPECT_NEAR(shifted.mean, -std::log(3.0), 0.03);
  const Moments by_resolution = moments({.sampling = "lognorm", .shift = "resolution"}, logit);
  EXPECT_NEAR(by_resolution.mean, -0.5, 0.03) << "256 tokens";
  const Moments mixed = moments(
      {.sampling = "lognorm", .deviation = 0.01, .uniform_share = 0.25, .shift = "off"}, same);
  EXPECT_NEAR(mixed.variance, 0.25 / 12, 0.002);
}

TEST(Times, StratifiedDrawsCoverEveryShare) {
  const auto times =
      sample_times({.sampling = "uniform", .stratified = true, .shift = "off"}, 5, 3, 8, 256);
  for (size_t i = 0; i < times.size(); ++i) {
    EXPECT_GE(times[i], static_cast<float>(i) / 8);
    EXPECT_LE(times[i], static_cast<float>(i + 1) / 8);
  }
}

TEST(Times, ComeFromSeedAndPassAlone) {
  const TimeSection section;
  EXPECT_EQ(sample_times(section, 1, 7, 4, 64), sample_times(section, 1, 7, 4, 64));
  EXPECT_NE(sample_times(section, 1, 7, 4, 64), sample_times(section, 1, 8, 4, 64));
  EXPECT_NE(sample_times(section, 1, 7, 4, 64), sample_times(section, 2, 7, 4, 64));
}

TEST(Muon, TransposesMatrices) {
  const Tensor x = Tensor::from({1, 2, 3, 4, 5, 6}, {1, 2, 3}, Device::cpu());
  EXPECT_EQ(transposed(x).shape(), (Shape{1, 3, 2}));
  EXPECT_EQ(transposed(x).to_floats(), (std::vector<float>{1, 4, 2, 5, 3, 6}));
}

TEST(Muon, MapsSingularValuesAsItsPolynomialSays) {
  // A diagonal matrix stays diagonal, and each entry goes through the quintic on its own.
  const std::vector<double> entries{3.0, 1.0, 0.5};
  const Device device = Device::cpu();
  const double norm = std::sqrt(9 + 1 + 0.25);
  for (const Shape& shape : {Shape{3, 3}, Shape{3, 5}, Shape{5, 3}}) {
    std::vector<float> values(static_cast<size_t>(shape.numel()));
    for (size_t i = 0; i < 3; ++i) {
      values[i * static_cast<size_t>(shape[1]) + i] = static_cast<float>(entries[i]);
    }
    const Tensor matrix = Tensor::from(values, {1, shape[0], shape[1]}, device);
    const auto found = orthogonalized(matrix, 5).to_floats();
    for (size_t i = 0; i < 3; ++i) {
      double s = entries[i] / norm;
      for (int k = 0; k < 5; ++k) {
        s = 3.4445 * s - 4.7750 * std::pow(s, 3) + 2.0315 * std::pow(s, 5);
      }
      const size_t index = i * static_cast<size_t>(shape[1]) + i;
      EXPECT_NEAR(static_cast<double>(found[index]), s, 2e-4) << shape.str();
      EXPECT_GT(found[index], 0.6f);
      EXPECT_LT(found[index], 1.3f);
    }
    EXPECT_NEAR(static_cast<double>(found[1]), 0, 1e-5);
  }
}

TEST(Muon, TreatsEveryMatrixOfABatchAsAlone) {
  const Device device = Device::cpu();
  const Tensor both = test::random_tensor({2, 7, 5}, DType::f32, device, 4);
  const Tensor y = orthogonalized(both, 5);
  for (int64_t i = 0; i < 2; ++i) {
    EXPECT_EQ(y.slice(i, i + 1).to_floats(), orthogonalized(both.slice(i, i + 1), 5).to_floats());
  }
}

TEST(Muon, MakesRandomMatricesNearlyOrthogonal) {
  const Device device = Device::cpu();
  const Tensor x = test::random_tensor({24, 60}, DType::f32, device, 3);
  const Tensor y = orthogonalized(x.view({1, 24, 60}), 5).view({24, 60});
  const auto gram = nn::product(y, y).to_floats();
  for (size_t i = 0; i < 24; ++i) {
    for (size_t j = 0; j < 24; ++j) {
      EXPECT_NEAR(static_cast<double>(gram[i * 24 + j]), i == j ? 1.0 : 0.0, 0.5);
    }
  }
}

/// A parameter with a given gradient.
Parameter with_gradient(const char* name, Role role, std::vector<float> value,
                        std::vector<float> gradient, const Shape& shape) {
  const Device device = Device::cpu();
  Parameter parameter =
      make_parameter(name, role, Tensor::from(value, shape, device), DType::f32, device);
  parameter.leaf.tensor().gradient_node()->gradient = Tensor::from(gradient, shape, device);
  return parameter;
}

TEST(Optimizer, StepsByRole) {
  std::vector<Parameter> parameters;
  parameters.push_back(with_gradient("w", Role::other, {1}, {2}, {1}));
  parameters.push_back(with_gradient("bias", Role::vector, {1}, {2}, {1}));
  parameters.push_back(with_gradient("table", Role::embedding, {1}, {2}, {1}));
  parameters.push_back(with_gradient("still", Role::other, {1}, {2}, {1}));
  parameters.back().leaf.clear_gradient();
  Optimizer optimizer({.learning_rate = 0.1, .weight_decay = 0.5, .embedding_factor = 2},
                      parameters);
  optimizer(parameters, {.number = 0, .rate_factor = 0.5});
  // The first step of AdamW has length one: lr 0.05, and decay 0.05 * 0.5 * 1 where it applies.
  EXPECT_NEAR(static_cast<double>(parameters[0].exact().to_floats()[0]), 1 - 0.025 - 0.05, 1e-6);
  EXPECT_NEAR(static_cast<double>(parameters[1].exact().to_floats()[0]), 1 - 0.05, 1e-6);
  EXPECT_NEAR(static_cast<double>(parameters[2].exact().to_floats()[0]), 1 - 0.05 - 0.1, 1e-6);
  EXPECT_EQ(parameters[3].exact().to_floats()[0], 1);
}

TEST(Optimizer, MuonMovesMatricesByTheOrthogonalMomentum) {
  std::vector<Parameter> parameters;
  parameters.push_back(with_gradient("m", Role::matrix, {1, 0, 0, 1}, {3, 0, 0, 3}, {2, 2}));
  parameters.push_back(with_gradient("v", Role::vector, {1}, {1}, {1}));
  Optimizer optimizer(
      {.kind = "muon", .learning_rate = 0.1, .muon_learning_rate = 0.1, .muon_weight_decay = 0.5},
      parameters);
  std::vector<std::string> names;
  optimizer.visit([&](const std::string& name, Tensor&) { names.push_back(name); });
  EXPECT_EQ(names, (std::vector<std::string>{"m|momentum", "v|first", "v|second"}));
  optimizer(parameters, {.number = 0});
  // Both singular values start at 1 / sqrt 2 of the norm and end alike.
  double s = std::sqrt(0.5);
  for (int k = 0; k < 5; ++k) s = 3.4445 * s - 4.775 * std::pow(s, 3) + 2.0315 * std::pow(s, 5);
  const double expected = 1 * (1 - 0.1 * 0.5) - 0.1 * 0.2 * std::sqrt(2.0) * s;
  const auto moved = parameters[0].exact().to_floats();
  EXPECT_NEAR(static_cast<double>(moved[0]), expected, 1e-4);
  EXPECT_NEAR(static_cast<double>(moved[1]), 0, 1e-5);
}

TEST(Optimizer, LearnsInBf16BehindAMaster) {
  for (const char* kind : {"adamw", "muon"}) {
    LearnMatrix objective(Device::cpu(), DType::bf16);
    ASSERT_TRUE(objective.parameters()[0].master.defined());
    const double before = objective.distance();
    Optimizer optimizer({.kind = kind,
                         .learning_rate = 0.1,
                         .weight_decay = 0,
                         .muon_learning_rate = 0.1,
                         .muon_weight_decay = 0},
                        objective.parameters());
    for (int64_t step = 0; step < 120; ++step) {
      for (Parameter& parameter : objective.parameters()) parameter.leaf.clear_gradient();
      objective.pass({step, step, 120});
      optimizer(objective.parameters(), {.number = step, .rate_factor = step < 80 ? 1.0 : 0.2});
    }
    EXPECT_LT(objective.distance(), 0.1 * before) << kind;
  }
}

TEST(Gradients, NormAndCulprit) {
  std::vector<Parameter> parameters;
  parameters.push_back(with_gradient("a", Role::other, {1, 1}, {3, 0}, {2}));
  parameters.push_back(with_gradient("b", Role::other, {1}, {4}, {1}));
  EXPECT_DOUBLE_EQ(gradient_norm(parameters), 5);
  EXPECT_EQ(first_broken_gradient(parameters), "");
  parameters.push_back(with_gradient("c", Role::other, {1}, {NAN}, {1}));
  EXPECT_FALSE(std::isfinite(gradient_norm(parameters)));
  EXPECT_EQ(first_broken_gradient(parameters), "c");
}

TEST(WeightAverage, FollowsTheValues) {
  std::vector<Parameter> parameters;
  parameters.push_back(with_gradient("a", Role::other, {1}, {0}, {1}));
  WeightAverage average(parameters);
  assign(parameters[0], Tensor::from({3.0f}, {1}, Device::cpu()));
  EXPECT_EQ(average.values()[0].to_floats()[0], 1) << "its memory is its own";
  average.update(parameters, 0.75);
  EXPECT_FLOAT_EQ(average.values()[0].to_floats()[0], 1.5f);
}

}  // namespace
}  // namespace newbie::train
