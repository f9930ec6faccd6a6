#include "diffusion/guidance.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "toys.h"

namespace newbie::diffusion {
namespace {

/// Shapes: [B,1,2,3].
Tensor batch(const std::vector<float>& values) {
  return Tensor::from(values, Shape{static_cast<int64_t>(values.size()) / 6, 1, 2, 3}, cpu());
}

const std::vector<float> kConditional = {1, -2, 0.5f, 3, 0.25f, -1};
const std::vector<float> kUnconditional = {0.5f, 1, -1, 2, -0.75f, 0};
const std::vector<float> kX = {0.1f, -0.4f, 2, 1, -1, 0.3f};

std::vector<float> twice(const std::vector<float>& values) {
  std::vector<float> both = values;
  both.insert(both.end(), values.begin(), values.end());
  return both;
}

double length(const std::vector<float>& values) {
  return std::sqrt(std::inner_product(values.begin(), values.end(), values.begin(), 0.0));
}

double deviation(const std::vector<float>& values) {
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / values.size();
  double sum = 0;
  for (float v : values) sum += (v - mean) * (v - mean);
  return std::sqrt(sum / static_cast<double>(values.size()));
}

/// A field with fixed answers that notes which images asked for the unconditional one.
struct Fixed {
  std::vector<std::vector<int>> asked;

  GuidedField field() {
    return [this](const Tensor& x, const FlowPoint&, const std::vector<int>& guided) {
      asked.push_back(guided);
      std::vector<float> conditional;
      std::vector<float> unconditional;
      for (int64_t b = 0; b < x.dim(0); ++b) {
        conditional.insert(conditional.end(), kConditional.begin(), kConditional.end());
      }
      for (size_t i = 0; i < guided.size(); ++i) {
        unconditional.insert(unconditional.end(), kUnconditional.begin(), kUnconditional.end());
      }
      return Halves{batch(conditional), guided.empty() ? Tensor() : batch(unconditional)};
    };
  }
};

std::vector<float> answer(const Guidance& guidance, double sigma = 0.5, int step = 0,
                          int steps = 10) {
  Fixed fixed;
  return guide({guidance}, fixed.field())(batch(kX), {sigma, step, steps}).to_floats();
}

std::vector<float> plain(double scale) {
  std::vector<float> values;
  for (size_t i = 0; i < kConditional.size(); ++i) {
    values.push_back(kUnconditional[i] +
                     static_cast<float>(scale) * (kConditional[i] - kUnconditional[i]));
  }
  return values;
}

void expect_same(const std::vector<float>& got, const std::vector<float>& want,
                 double tolerance = 1e-6) {
  ASSERT_EQ(got.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], tolerance) << i;
}

TEST(Guidance, ScaleOneIsTheConditionalAnswerAtHalfTheCost) {
  Fixed fixed;
  const Velocity velocity = guide({Guidance{}}, fixed.field());
  EXPECT_EQ(velocity(batch(kX), {}).to_floats(), kConditional);
  EXPECT_EQ(fixed.asked, (std::vector<std::vector<int>>{{}}));
}

TEST(Guidance, ScaleZeroIsTheUnconditionalAnswer) {
  EXPECT_EQ(answer({.scale = 0}), kUnconditional);
}

TEST(Guidance, LeadsAwayFromTheUnconditionalAnswer) {
  expect_same(answer({.scale = 4.5}), plain(4.5));
  EXPECT_EQ(answer({.scale = 5}, 0.9), answer({.scale = 5}, 0.1));  // in any space at any sigma
}

TEST(Guidance, ClampShortensOnlyWhatIsTooLong) {
  const std::vector<float> clamped = answer({.scale = 5, .renorm = Renorm::clamp});
  EXPECT_NEAR(length(clamped), length(kConditional), 1e-5);
  const double factor = length(kConditional) / length(plain(5));
  for (size_t i = 0; i < clamped.size(); ++i) {
    EXPECT_NEAR(clamped[i], plain(5)[i] * factor, 1e-5);
  }
  expect_same(answer({.scale = 5, .renorm = Renorm::clamp, .max_ratio = 100}), plain(5));
  EXPECT_NEAR(length(answer({.scale = 5, .renorm = Renorm::clamp, .max_ratio = 2})),
              2 * length(kConditional), 1e-5);
}

TEST(Guidance, WidthGivesEveryRowTheLengthOfItsConditionalRow) {
  const std::vector<float> values = answer({.scale = 5, .renorm = Renorm::width});
  for (size_t row = 0; row < 2; ++row) {
    const auto part = [&](const std::vector<float>& all) {
      return std::vector<float>(all.begin() + static_cast<long>(3 * row),
                                all.begin() + static_cast<long>(3 * row + 3));
    };
    EXPECT_NEAR(length(part(values)), length(part(kConditional)), 1e-5);
  }
}

TEST(Guidance, RescaleBlendsTowardsTheConditionalDeviation) {
  const std::vector<float> full = answer({.scale = 5, .rescale = 1});
  EXPECT_NEAR(deviation(full), deviation(kConditional), 1e-5);
  const double factor = deviation(kConditional) / deviation(plain(5));
  const std::vector<float> part = answer({.scale = 5, .rescale = 0.9});
  for (size_t i = 0; i < part.size(); ++i) {
    EXPECT_NEAR(part[i], plain(5)[i] * (0.9 * factor + 0.1), 1e-5);
  }
}

/// ComfyUI RenormCFG: the same clamp on x + sigma v.
TEST(Guidance, DenoisedSpaceClampsThePredictedImage) {
  constexpr double kSigma = 0.7;
  const std::vector<float> v =
      answer({.scale = 5, .renorm = Renorm::clamp, .space = GuidanceSpace::denoised}, kSigma);
  std::vector<float> reference(6), guided(6), expected(6);
  for (size_t i = 0; i < 6; ++i) {
    reference[i] = kX[i] + static_cast<float>(kSigma) * kConditional[i];
    guided[i] = kX[i] + static_cast<float>(kSigma) * plain(5)[i];
  }
  const double factor = std::min(1.0, length(reference) / length(guided));
  ASSERT_LT(factor, 1);
  for (size_t i = 0; i < 6; ++i) {
    expected[i] = static_cast<float>((factor * guided[i] - kX[i]) / kSigma);
  }
  expect_same(v, expected, 1e-5);
}

/// ComfyUI RescaleCFG, worked in its own terms.
TEST(Guidance, VPredictionSpaceRescalesAsComfy) {
  constexpr double kSigma = 0.6;
  const double root = std::sqrt(kSigma * kSigma + 1);
  const auto to_v = [&](const std::vector<float>& velocity) {
    std::vector<float> v(6);
    for (size_t i = 0; i < 6; ++i) {
      const double denoised = kX[i] + kSigma * velocity[i];
      v[i] = static_cast<float>((kX[i] / (kSigma * kSigma + 1) - denoised) * root / kSigma);
    }
    return v;
  };
  const std::vector<float> guided = to_v(plain(4));
  const double blend = 0.7 * deviation(to_v(kConditional)) / deviation(guided) + 0.3;
  std::vector<float> expected(6);
  for (size_t i = 0; i < 6; ++i) {
    const double denoised = kX[i] / (kSigma * kSigma + 1) - blend * guided[i] * kSigma / root;
    expected[i] = static_cast<float>((denoised - kX[i]) / kSigma);
  }
  expect_same(answer({.scale = 4, .rescale = 0.7, .space = GuidanceSpace::v_prediction}, kSigma),
              expected, 1e-5);
}

TEST(Guidance, AllSpacesSurviveSigmaZero) {
  for (GuidanceSpace space :
       {GuidanceSpace::velocity, GuidanceSpace::denoised, GuidanceSpace::v_prediction}) {
    for (float v : answer({.scale = 5, .renorm = Renorm::clamp, .space = space}, 0)) {
      EXPECT_TRUE(std::isfinite(v));
    }
  }
}

TEST(Guidance, TruncationByTimeIsStrict) {
  const Guidance guidance{.scale = 5, .until_time = 0.25};
  EXPECT_TRUE(guidance.active({0.76, 0, 10}));
  EXPECT_FALSE(guidance.active({0.75, 0, 10}));
  EXPECT_FALSE(guidance.active({0.5, 0, 10}));
  // 0.1 has no exact value: compared in f32, the network's own type.
  const Guidance tenth{.scale = 5, .until_time = 0.1};
  EXPECT_FALSE(tenth.active({1 - static_cast<double>(0.1f), 0, 10}));
}

TEST(Guidance, TruncationByStepKeepsTheShareGiven) {
  const Guidance guidance{.scale = 5, .until_step_ratio = 0.5};
  EXPECT_TRUE(guidance.active({0.9, 4, 10}));
  EXPECT_FALSE(guidance.active({0.9, 5, 10}));
  EXPECT_TRUE((Guidance{.scale = 5}).active({0.1, 9, 10}));
}

TEST(Guidance, ImagesOfABatchAreGuidedOnTheirOwn) {
  const std::vector<Guidance> guidance = {{.scale = 5, .renorm = Renorm::clamp},
                                          {.scale = 1},
                                          {.scale = 3, .until_time = 0.4},
                                          {.scale = 2}};
  Fixed fixed;
  const Velocity velocity = guide(guidance, fixed.field());
  const std::vector<float> got =
      velocity(batch(twice(twice(kX))), {0.5, 0, 10}).to_floats();  // t = 0.5
  EXPECT_EQ(fixed.asked, (std::vector<std::vector<int>>{{0, 3}}));
  for (size_t b = 0; b < guidance.size(); ++b) {
    const std::vector<float> part(got.begin() + static_cast<long>(6 * b),
                                  got.begin() + static_cast<long>(6 * b + 6));
    EXPECT_EQ(part, answer(guidance[b])) << b;
  }
}

TEST(Guidance, RenormMeasuresEachImageAlone) {
  const auto against_itself = pointwise([](double x, double) { return -x; });
  const Velocity velocity =
      guide({{.scale = 5, .renorm = Renorm::clamp}},
            [&](const Tensor& x, const FlowPoint& at, const std::vector<int>&) {
              return Halves{x, against_itself(x, at)};
            });
  std::vector<float> small_and_large = kX;
  for (float v : kX) small_and_large.push_back(100 * v);
  expect_same(velocity(batch(small_and_large), {}).to_floats(), small_and_large, 1e-4);
}

TEST(Guidance, NumbersOutOfRangeAreRefused) {
  Fixed fixed;
  const double nan = std::nan("");
  const std::vector<Guidance> refused = {
      {.scale = nan},          {.scale = INFINITY},       {.max_ratio = 0},
      {.max_ratio = INFINITY}, {.rescale = -0.1},         {.rescale = 1.1},
      {.until_time = nan},     {.until_step_ratio = 1.5}, {.until_step_ratio = nan}};
  for (const Guidance& guidance : refused) {
    EXPECT_EQ(code_of([&] { guide({guidance}, fixed.field()); }), "request.guidance");
  }
}

TEST(Guidance, AListOfTheWrongLengthIsABug) {
  Fixed fixed;
  const Velocity velocity = guide({{.scale = 2}, {.scale = 3}}, fixed.field());
  EXPECT_EQ(code_of([&] { velocity(batch(kX), {}); }), "internal.invariant");
}

}  // namespace
}  // namespace newbie::diffusion
