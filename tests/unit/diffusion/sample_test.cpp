#include "diffusion/sample.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "toys.h"

namespace newbie::diffusion {
namespace {

Velocity decay() {
  return pointwise([](double x, double sigma) { return 0.5 * x - 0.1 * sigma; });
}

TEST(Flow, VelocityPointsFromNoiseToData) {
  const Tensor data = image({1, 2});
  const Tensor noise = image({-1, 0.5f});
  const Tensor velocity = image({2, 1.5f});  // data - noise
  for (double sigma : {0.0, 0.25, 1.0}) {
    const Tensor x = add_noise(data, noise, sigma);
    expect_values(denoised(x, velocity, sigma).to_floats(), {1, 2}, 1e-6, "denoised");
  }
}

TEST(Sample, TellsTheNetworkWhereItIs) {
  const Schedule schedule({1, 0.6, 0.25, 0});
  std::vector<double> times;
  std::vector<int> steps;
  sample(image({1}), settings_for(schedule, "midpoint"), [&](const Tensor& x, const FlowPoint& at) {
    times.push_back(at.time());
    steps.push_back(at.step);
    EXPECT_EQ(at.steps, 3);
    return x;
  });
  const std::vector<double> expected = {0, 0.2, 0.4, 0.575, 0.75, 0.875};
  ASSERT_EQ(times.size(), expected.size());
  for (size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(times[i], expected[i], 1e-12);
  EXPECT_EQ(steps, (std::vector<int>{0, 0, 1, 1, 2, 2}));
}

TEST(Sample, ReportsEveryStepWithThePredictedImage) {
  const Schedule schedule({0.8, 0.5, 0});
  Tensor before = image({1, -2});
  int seen = 0;
  const Tensor end =
      sample(before, settings_for(schedule, "heun"), decay(), [&](const Progress& progress) {
        ++seen;
        EXPECT_EQ(progress.step, seen);
        EXPECT_EQ(progress.steps, 2);
        EXPECT_EQ(progress.sigma, schedule.sigma(seen));
        const double from = schedule.sigma(seen - 1);
        const Tensor velocity = decay()(before, {from, 0, 1});
        EXPECT_EQ(progress.denoised().to_floats(), denoised(before, velocity, from).to_floats());
        before = progress.x;
      });
  EXPECT_EQ(seen, 2);
  EXPECT_EQ(end.to_floats(), before.to_floats());
}

TEST(Sample, LeavesItsInputAlone) {
  const Tensor start = image({1, 2, 3});
  for (const SamplerInfo& sampler : samplers()) {
    sample(start, settings_for(make_schedule("linear", 3, 6), sampler.name), decay());
    EXPECT_EQ(start.to_floats(), (std::vector<float>{1, 2, 3})) << sampler.name;
  }
}

TEST(Sample, StopsBetweenEvaluationsWhenCancelled) {
  const Device device = Device::cpu(1);
  const CancelToken token;
  device.set_cancel(token);
  const Tensor start = Tensor::from({1.0f}, Shape{1, 1, 1, 1}, device);
  int asked = 0;
  const auto run = [&] {
    sample(start, settings_for(make_schedule("linear", 9, 6), "midpoint"),
           [&](const Tensor& x, const FlowPoint&) {
             if (++asked == 3) token.request();
             return x;
           });
  };
  EXPECT_EQ(code_of(run), "request.cancelled");
  EXPECT_EQ(asked, 3);
}

TEST(Sample, NamesTheStepAndImageThatBroke) {
  const Tensor start = Tensor::zeros(Shape{3, 1, 2, 2}, DType::f32, cpu());
  const Velocity breaks = [](const Tensor& x, const FlowPoint& at) {
    std::vector<float> values = x.to_floats();
    if (at.step == 1) values[9] = std::numeric_limits<float>::quiet_NaN();
    return Tensor::from(values, x.shape(), x.device());
  };
  try {
    sample(start, settings_for(make_schedule("linear", 4, 6), "euler"), breaks);
    FAIL() << "expected sampling.not_finite";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "sampling.not_finite");
    EXPECT_EQ(error.facts().at("step"), "2");
    EXPECT_EQ(error.facts().at("image"), "2");
  }
}

TEST(Sample, AStochasticSamplerWithoutSeedsIsABug) {
  SampleSettings settings = settings_for(make_schedule("linear", 2, 6), "euler_ancestral");
  settings.noise.seeds.clear();
  EXPECT_EQ(code_of([&] { sample(image({1}), settings, decay()); }), "internal.invariant");
}

TEST(Sample, TakesVelocitiesOfAnotherType) {
  const auto narrow = [](const Tensor& x, const FlowPoint&) {
    std::vector<BFloat16> values;
    for (float v : x.to_floats()) values.push_back(to_bf16(v));
    return Tensor::from<BFloat16>(values, x.shape(), x.device());
  };
  const Tensor end =
      sample(image({1, 0.5f}), settings_for(make_schedule("linear", 2, 1), "dpmpp_2m"), narrow);
  EXPECT_EQ(end.dtype(), DType::f32);
}

TEST(Inpainting, KeepsTheImageExactlyOutsideTheMask) {
  const Tensor latent = image({5, 6, 7, 8});
  const Tensor noise = image({0.5f, -1, 2, 0.25f});
  SampleSettings settings = settings_for(make_schedule("linear", 5, 6), "heun");
  settings.inpainting = Inpainting{image({0, 0, 1, 0.5f}), latent, noise};
  std::vector<std::vector<float>> states;
  const Tensor end = sample(noise, settings, decay(), [&](const Progress& progress) {
    states.push_back(progress.x.to_floats());
    const Tensor kept = add_noise(latent, noise, progress.sigma);
    EXPECT_EQ(states.back()[0], kept.to_floats()[0]);
    EXPECT_EQ(states.back()[1], kept.to_floats()[1]);
  });
  EXPECT_EQ(end.to_floats()[0], 5);
  EXPECT_EQ(end.to_floats()[1], 6);

  settings.inpainting.reset();
  const Tensor free = sample(noise, settings, decay());
  EXPECT_EQ(end.to_floats()[2], free.to_floats()[2]);
  EXPECT_NE(end.to_floats()[3], free.to_floats()[3]);
}

TEST(ImageToImage, StartsBetweenImageAndNoise) {
  const Tensor latent = image({4});
  const Tensor noise = image({1});
  EXPECT_EQ(add_noise(latent, noise, 0.25).to_floats()[0], 0.25f + 3);
  EXPECT_EQ(add_noise(latent, noise, 1).to_floats()[0], 1);
  EXPECT_EQ(add_noise(latent, noise, 0).to_floats()[0], 4);
}

}  // namespace
}  // namespace newbie::diffusion
