// Learned adapters: gradients reach their parameters, and what they learn shows at once.

#include "adapters/learned.h"

#include <cmath>

#include "adapters/delta.h"
#include "adapters/write.h"
#include "files.h"
#include "grad/backward.h"
#include "nn/linear.h"
#include "ops/loss.h"
#include "support/compare.h"

namespace newbie::adapters {
namespace {

using namespace testing;

/// The same weight under every path, no bias.
class OneWeight final : public nn::WeightProvider {
 public:
  explicit OneWeight(Tensor weight) : weight_(std::move(weight)) {}
  Tensor take(const std::string&, const Shape&) override { return weight_; }
  bool has(const std::string&) const override { return true; }

 private:
  Tensor weight_;
};

/// An adapter in the middle of its training: no factor is zero any more.
std::vector<Module> halfway(const NewAdapter& about) {
  auto modules = make_modules(
      resolve_targets(small_targets(), "next_dit", {"layers.0.attention.qkv"}), about, host());
  uint32_t seed = 70;
  for (Tensor& factor : modules[0].factors) {
    if (factor.defined()) factor = random(factor.shape(), ++seed);
  }
  return modules;
}

struct Setting {
  Tensor weight = random({16, 12}, 20), x = random({5, 12}, 22), target = random({5, 16}, 23);
  OneWeight given{weight};
  nn::WeightUse use{.device = host(), .residency = ops::Residency::mapped, .stream = {}};

  nn::Linear linear(nn::WeightProvider& provider) const {
    const nn::WeightScope scope(provider, use);
    return nn::Linear(scope / "layers.0.attention.qkv", 12, 16, nn::Bias::none);
  }
  Tensor loss(const nn::Linear& linear) const {
    return ops::mean_distance(linear(x, ops::Activation::silu), target, ops::Distance::squared);
  }
};

class Learned : public ::testing::TestWithParam<NewAdapter> {};

TEST_P(Learned, GradientsAreThoseOfFiniteDifferences) {
  Setting s;
  const LearnedAdapter adapter(halfway(GetParam()));
  const auto provider = adapter.wrap(s.given, "next_dit");
  const nn::Linear linear = s.linear(*provider);
  grad::backward(s.loss(linear));
  ASSERT_GE(adapter.parameters().size(), 2u);
  for (const grad::Parameter& parameter : adapter.parameters()) {
    ASSERT_TRUE(parameter.gradient().defined()) << parameter.name();
    const std::vector<float> gradient = parameter.gradient().to_floats();
    Tensor values = parameter.values();
    const NoGradient constant(host());
    for (int64_t i = 0; i < values.numel(); i += 5) {
      constexpr float kStep = 1e-2f;
      float* const at = values.mutable_data<float>() + i;
      const float before = *at;
      *at = before + kStep;
      const double above = double{s.loss(linear).to_floats()[0]};
      *at = before - kStep;
      const double below = double{s.loss(linear).to_floats()[0]};
      *at = before;
      EXPECT_NEAR(gradient[static_cast<size_t>(i)], (above - below) / (2.0 * double{kStep}), 2e-4)
          << parameter.name() << " " << i;
    }
  }
}

TEST_P(Learned, LiveEqualsTheSnapshotMerged) {
  Setting s;
  const LearnedAdapter adapter(halfway(GetParam()));
  const auto provider = adapter.wrap(s.given, "next_dit");
  const Tensor found = s.linear(*provider)(s.x);
  const Adapter snapshot = adapter.snapshot();
  OneWeight changed(merged(s.weight, {{&snapshot.modules[0], 1.0}}, DType::f32));
  EXPECT_LT(test::relative_l2(found, s.linear(changed)(s.x)), 2e-6);
  EXPECT_EQ(adapter.wrap(s.given, "gemma3")->addition("layers.0.attention.qkv"), nullptr);
}

TEST_P(Learned, DropoutThinsTheInputsOfPassesAlone) {
  Setting s;
  s.x = Tensor::from(std::vector<float>(4096 * 12, 1.0f), {4096, 12}, host());
  LearnedAdapter adapter(halfway(GetParam()), {.share = 0.25f, .least = -0.6744898f, .seed = 9});
  const auto provider = adapter.wrap(s.given, "next_dit");
  const nn::Linear linear = s.linear(*provider);
  const auto rows = [&](std::optional<uint32_t> pass) {
    adapter.practise(pass);
    return linear(s.x).to_floats();
  };
  const auto all = rows({}), first = rows(3), again = rows(3), other = rows(4);
  EXPECT_EQ(first, again) << "a function of the pass";
  EXPECT_NE(first, other);
  EXPECT_NE(first, all);
  // Every row of x is the same, so the mean over rows is what nothing left out gives.
  for (size_t column = 0; column < 16; ++column) {
    double mean = 0, square = 0;
    for (size_t row = 0; row < 4096; ++row) {
      const double value = double{first[row * 16 + column]};
      mean += value / 4096;
      square += value * value / 4096;
    }
    EXPECT_NEAR(mean, double{all[column]}, 5 * std::sqrt((square - mean * mean) / 4096));
  }
}

TEST_P(Learned, ParametersAreNamedAsTheyWillBeWritten) {
  const LearnedAdapter adapter(halfway(GetParam()));
  for (const grad::Parameter& parameter : adapter.parameters()) {
    EXPECT_TRUE(parameter.name().starts_with("layers.0.attention.qkv.lo")) << parameter.name();
  }
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Learned,
    ::testing::Values(NewAdapter{.kind = Kind::lora, .rank = 3, .alpha = 2},
                      NewAdapter{.kind = Kind::lokr, .rank = 100, .alpha = 1, .factor = 4},
                      NewAdapter{.kind = Kind::lokr, .rank = 1, .alpha = 0.5, .factor = 3}));

}  // namespace
}  // namespace newbie::adapters
