// What adapters do to weights, against plain loops in double; attached equals merged.

#include "adapters/delta.h"

#include <cmath>

#include "adapters/additions.h"
#include "adapters/attach.h"
#include "adapters/low_rank.h"
#include "files.h"
#include "nn/linear.h"
#include "support/compare.h"

namespace newbie::adapters {
namespace {

using namespace testing;

Module lora(int64_t out, int64_t in, int64_t rank, double scale, uint32_t seed) {
  Module module;
  module.network = "next_dit";
  module.path = "layers.0.attention.qkv";
  module.weight = {out, in};
  module.rank = rank;
  module.scale = scale;
  module[Factor::down] = random({rank, in}, seed);
  module[Factor::up] = random({out, rank}, seed + 1);
  return module;
}

Module lokr(Shape w1, Shape w2, double scale, uint32_t seed) {
  Module module = lora(1, 1, 1, scale, 0);
  module.kind = Kind::lokr;
  module.factors = {};
  module.weight = {w1[0] * w2[0], w1[1] * w2[1]};
  module[Factor::w1] = random(w1, seed);
  module[Factor::w2] = random(w2, seed + 1);
  return module;
}

double at(const Tensor& x, int64_t row, int64_t column) {
  return double{x.data<float>()[row * x.dim(1) + column]};
}

TEST(Delta, OfALoraIsTheScaledProduct) {
  const Module module = lora(5, 7, 3, 0.5, 1);
  const Tensor all = delta(module);
  for (int64_t i = 0; i < 5; ++i) {
    for (int64_t j = 0; j < 7; ++j) {
      double sum = 0;
      for (int64_t k = 0; k < 3; ++k) {
        sum += at(module[Factor::up], i, k) * at(module[Factor::down], k, j);
      }
      EXPECT_NEAR(at(all, i, j), 0.5 * sum, 1e-6);
    }
  }
}

TEST(Delta, OfALokrIsTheKroneckerProduct) {
  const Module module = lokr({2, 3}, {5, 4}, 2, 1);
  const Tensor all = delta(module);
  for (int64_t i = 0; i < 10; ++i) {
    for (int64_t j = 0; j < 12; ++j) {
      EXPECT_NEAR(at(all, i, j),
                  2 * at(module[Factor::w1], i / 5, j / 4) * at(module[Factor::w2], i % 5, j % 4),
                  1e-6);
    }
  }
}

TEST(Delta, OfALohaMultipliesElementByElement) {
  Module module = lora(4, 6, 2, 0.5, 1);
  module.kind = Kind::loha;
  module[Factor::w1_a] = module[Factor::up];
  module[Factor::w1_b] = module[Factor::down];
  module[Factor::w2_a] = random({4, 2}, 8);
  module[Factor::w2_b] = random({2, 6}, 9);
  Module second = lora(4, 6, 2, 1, 1);
  second[Factor::up] = module[Factor::w2_a];
  second[Factor::down] = module[Factor::w2_b];
  const Tensor first = delta(lora(4, 6, 2, 1, 1)), other = delta(second), all = delta(module);
  for (int64_t i = 0; i < 4; ++i) {
    for (int64_t j = 0; j < 6; ++j) {
      EXPECT_NEAR(at(all, i, j), 0.5 * at(first, i, j) * at(other, i, j), 1e-6);
    }
  }
}

TEST(Delta, NormsAreThoseOfTheWholeMatrix) {
  const auto length = [](const Tensor& x) {
    double sum = 0;
    for (const float value : x.to_floats()) sum += double{value} * double{value};
    return std::sqrt(sum);
  };
  for (const Module& module : {lora(16, 12, 4, -0.5, 3), lokr({4, 3}, {4, 4}, 1.5, 3)}) {
    EXPECT_NEAR(norm(module), length(delta(module)), 1e-4 * norm(module));
  }
}

class Dora : public ::testing::TestWithParam<Shape> {};

TEST_P(Dora, GivesEveryRowOrColumnTheLengthOfItsMagnitude) {
  Module module = lora(5, 7, 2, 1, 1);
  const bool by_column = GetParam()[0] == 1;
  module[Factor::magnitude] = test::random_tensor(GetParam(), DType::f32, host(), 4, 0.1f, 2.0f);
  const Tensor w = random({5, 7}, 9);
  const Tensor changed = merged(w, {{&module, 1.0}}, DType::f32);
  for (int64_t line = 0; line < (by_column ? 7 : 5); ++line) {
    double sum = 0;
    for (int64_t k = 0; k < (by_column ? 5 : 7); ++k) {
      const double value = by_column ? at(changed, k, line) : at(changed, line, k);
      sum += value * value;
    }
    EXPECT_NEAR(std::sqrt(sum), double{module[Factor::magnitude].data<float>()[line]}, 1e-5);
  }
  // At half strength the weight is half way.
  const Tensor half = merged(w, {{&module, 0.5}}, DType::f32);
  for (int64_t i = 0; i < half.numel(); ++i) {
    EXPECT_NEAR(half.data<float>()[i], (w.data<float>()[i] + changed.data<float>()[i]) / 2, 1e-6);
  }
}

INSTANTIATE_TEST_SUITE_P(Axes, Dora, ::testing::Values(Shape{5}, Shape{5, 1}, Shape{1, 7}));

/// One weight and one bias, whatever the path.
class OneWeight final : public nn::WeightProvider {
 public:
  OneWeight(Tensor weight, Tensor bias) : weight_(std::move(weight)), bias_(std::move(bias)) {}
  Tensor take(const std::string& path, const Shape&) override {
    return path.ends_with(".bias") ? bias_ : weight_;
  }
  bool has(const std::string&) const override { return true; }

 private:
  Tensor weight_, bias_;
};

nn::WeightUse use_on(const Device& device) { return {.device = device, .stream = {}}; }

struct Fixture {
  Tensor weight = random({16, 12}, 20), bias = random({16}, 21), x = random({5, 12}, 22);
  OneWeight given{weight, bias};
  nn::WeightUse use = use_on(host());

  nn::Linear linear(nn::WeightProvider& provider) const {
    const nn::WeightScope scope(provider, use);
    return nn::Linear(scope / "layers.0.attention.qkv", 12, 16, nn::Bias::learned);
  }
  /// Outputs with the weight replaced.
  Tensor with(const Tensor& other, ops::Activation activation) const {
    OneWeight changed(other, bias);
    return linear(changed)(x, activation);
  }
};

AdapterSet set_of(std::vector<std::pair<Module, double>> modules) {
  AdapterSet set;
  for (auto& [module, strength] : modules) {
    auto adapter = std::make_shared<Adapter>();
    adapter->modules.push_back(std::move(module));
    set.push_back({std::move(adapter), strength});
  }
  return set;
}

std::vector<Change> changes_of(const AdapterSet& set) {
  std::vector<Change> changes;
  for (const auto& [adapter, strength] : set) changes.push_back({&adapter->modules[0], strength});
  return changes;
}

class Attached : public ::testing::TestWithParam<ops::Activation> {};

TEST_P(Attached, SeveralAdaptersEqualTheMergedWeight) {
  const Fixture f;
  Module dora = lora(16, 12, 2, 1, 40);
  dora[Factor::magnitude] = test::random_tensor({16}, DType::f32, host(), 41, 0.1f, 1.0f);
  Module decomposed = lokr({4, 3}, {4, 4}, 0.5, 50);
  decomposed[Factor::w2] = {};
  decomposed[Factor::w2_a] = random({4, 2}, 51);
  decomposed[Factor::w2_b] = random({2, 4}, 52);
  const AdapterSet set = set_of({{lora(16, 12, 4, 0.5, 30), 0.7},
                                 {lora(16, 12, 3, 2, 33), -0.4},
                                 {lokr({8, 2}, {2, 6}, 1, 36), 0.9},
                                 {decomposed, 1.3},
                                 {dora, 0.6}});
  OneWeight given(f.weight, f.bias);
  AdaptedWeights adapted(given, set, "next_dit", f.use);
  const Tensor expected = f.with(merged(f.weight, changes_of(set), DType::f32), GetParam());
  EXPECT_LT(test::relative_l2(f.linear(adapted)(f.x, GetParam()), expected), 2e-6);
}

INSTANTIATE_TEST_SUITE_P(Activations, Attached,
                         ::testing::Values(ops::Activation::none, ops::Activation::silu));

TEST(Attached, ToAGatedPairEqualsTheMergedWeights) {
  const Fixture f;
  const AdapterSet set = set_of({{lora(16, 12, 4, 1, 30), 1}});
  OneWeight given(f.weight, {});
  AdaptedWeights adapted(given, set, "next_dit", f.use);
  const nn::WeightScope scope(adapted, f.use), plain(given, f.use);
  const nn::Linear gate(scope / "layers.0.attention.qkv", 12, 16, nn::Bias::none);
  const nn::Linear up(plain / "other", 12, 16, nn::Bias::none);
  OneWeight changed(merged(f.weight, changes_of(set), DType::f32), {});
  const nn::WeightScope merged_scope(changed, f.use);
  const nn::Linear merged_gate(merged_scope / "g", 12, 16, nn::Bias::none);
  const auto found = nn::gated(gate, up, f.x, ops::Activation::silu);
  const auto expected = nn::gated(merged_gate, up, f.x, ops::Activation::silu);
  EXPECT_LT(test::relative_l2(found.values(), expected.values()), 2e-6);
}

TEST(Attached, ChangesOnlyTheNetworkAndModuleItNames) {
  const Fixture f;
  const AdapterSet set = set_of({{lora(16, 12, 4, 1, 30), 1}});
  OneWeight given(f.weight, f.bias);
  AdaptedWeights other(given, set, "gemma3", f.use), mine(given, set, "next_dit", f.use);
  EXPECT_EQ(other.addition("layers.0.attention.qkv"), nullptr);
  EXPECT_EQ(mine.addition("layers.1.attention.qkv"), nullptr);
  EXPECT_NE(mine.addition("layers.0.attention.qkv"), nullptr);
  EXPECT_TRUE(test::same_bytes(f.linear(other)(f.x), f.linear(given)(f.x)));
}

TEST(Attached, LeavesLowPrecisionWeightsAlone) {
  const Fixture f;
  const Tensor stored = test::tensor_of(f.weight.to_floats(), {16, 12}, DType::bf16, host());
  OneWeight given(stored, f.bias);
  const AdapterSet set = set_of({{lora(16, 12, 4, 1, 30), 1}});
  nn::WeightUse use = f.use;
  use.compute = DType::bf16;
  AdaptedWeights adapted(given, set, "next_dit", use);
  EXPECT_EQ(adapted.take("layers.0.attention.qkv.weight", {16, 12}).raw(), stored.raw());
}

TEST(Attached, BiasesAndNormsAreChangedAtLoad) {
  const Fixture f;
  Module module = lora(16, 12, 2, 1, 1);
  module[Factor::bias] = random({16}, 60);
  const AdapterSet set = set_of({{module, 0.5}});
  OneWeight given(f.weight, f.bias);
  AdaptedWeights adapted(given, set, "next_dit", f.use);
  const auto found = adapted.take("layers.0.attention.qkv.bias", {16}).to_floats();
  for (size_t i = 0; i < found.size(); ++i) {
    EXPECT_NEAR(found[i], f.bias.to_floats()[i] + 0.5f * module[Factor::bias].to_floats()[i], 1e-6);
  }
}

TEST(LowRank, FindsAMatrixOfThatRankExactly) {
  const Tensor matrix = delta(lora(60, 44, 5, 1, 1));
  const LowRankPair pair = best_low_rank(matrix, 8);
  EXPECT_LE(pair.down.dim(0), 8);
  EXPECT_LT(pair.error, 1e-5 * pair.norm);
}

TEST(LowRank, LosesWhatTheSmallestSingularValuesHold) {
  // Diagonal: singular values 1/1, 1/2, ... are known, so is the smallest possible error.
  constexpr int64_t kSize = 40, kRank = 6;
  std::vector<float> values(kSize * kSize, 0.0f);
  double rest = 0;
  for (int64_t i = 0; i < kSize; ++i) {
    const double sigma = 1.0 / static_cast<double>(i + 1);
    values[static_cast<size_t>(i * kSize + i)] = static_cast<float>(sigma);
    if (i >= kRank) rest += sigma * sigma;
  }
  const LowRankPair pair = best_low_rank(Tensor::from(values, {kSize, kSize}, host()), kRank);
  EXPECT_EQ(pair.down.dim(0), kRank);
  EXPECT_GE(pair.error, 0.9999 * std::sqrt(rest));
  EXPECT_LE(pair.error, 1.02 * std::sqrt(rest));
}

TEST(LowRank, WorksForAnyShape) {
  for (const Shape& shape : {Shape{1, 9}, Shape{9, 1}, Shape{3, 50}, Shape{50, 3}}) {
    const Tensor matrix = random(shape, 5);
    EXPECT_LT(best_low_rank(matrix, 3).error, 1e-5 * best_low_rank(matrix, 3).norm) << shape.str();
  }
  EXPECT_EQ(best_low_rank(Tensor::zeros({4, 5}, DType::f32, host()), 2).error, 0);
}

}  // namespace
}  // namespace newbie::adapters
