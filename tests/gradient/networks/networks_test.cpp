// Whole networks in double: the gradient of every parameter against a difference along a random
// direction of all of them at once. Every parameter must have one.

#include <memory>

#include "grad/parameter.h"
#include "nn/learned_weights.h"
#include "ops/shape.h"
#include "support/gradient_check.h"
#include "support/tiny_model.h"

namespace newbie::test {
namespace {

/// How far parameters move for a difference, and how far it may be from the slope.
struct Step {
  double size;
  double limit;
};
constexpr Step kSmall{1e-6, 1e-6};
/// For networks whose last act is a cast to f32: a difference must outgrow its rounding.
constexpr Step kLarge{1e-4, 3e-5};
/// The VAE bends sooner.
constexpr Step kMedium{1e-5, 3e-5};

const Device& host() {
  static const Device device = Device::cpu();
  return device;
}

nn::WeightUse in_doubles() {
  nn::WeightUse use = weight_use(DType::f64);
  use.device = host();
  use.live = true;
  return use;
}

/// Makes every tensor of a network a parameter.
pipeline::Wrap learning(std::vector<grad::Parameter>& parameters) {
  return [&](nn::WeightProvider& checked, std::string_view, const nn::WeightUse& use) {
    return std::make_unique<nn::LearnedWeights>(
        checked, use, DType::f64, [](const std::string&) { return true; }, parameters);
  };
}

void move_by(const std::vector<grad::Parameter>& parameters, const std::vector<Tensor>& along,
             double step) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    Tensor values = parameters[i].values();
    const double* direction = along[i].data<double>();
    double* to = values.mutable_data<double>();
    for (int64_t k = 0; k < values.numel(); ++k) to[k] += step * direction[k];
  }
}

/// `run` gives the output of the network for the parameters as they are.
void expect_gradients_of_parameters(const std::vector<grad::Parameter>& parameters,
                                    const Step& step, const std::function<Tensor()>& run) {
  ASSERT_GT(parameters.size(), 10u);
  const Tensor y = run();
  const Tensor dy = random_tensor(y.shape(), DType::f64, host(), 5);
  grad::backward(y, dy);
  std::vector<Tensor> along;
  double slope = 0, size = 0;
  for (const grad::Parameter& parameter : parameters) {
    ASSERT_TRUE(parameter.gradient().defined()) << parameter.name();
    along.push_back(random_tensor(parameter.values().shape(), DType::f64, host(),
                                  static_cast<uint32_t>(along.size())));
    slope += dot(along.back(), parameter.gradient());
    size += dot(parameter.gradient(), parameter.gradient());
  }
  const NoGradient scope(host());
  move_by(parameters, along, step.size);
  const double above = dot(dy, run());
  move_by(parameters, along, -2 * step.size);
  const double below = dot(dy, run());
  EXPECT_NEAR(slope, (above - below) / (2 * step.size), step.limit * std::sqrt(size));
}

TEST(Networks, Gemma) {
  std::vector<grad::Parameter> parameters;
  const auto gemma =
      pipeline::load_text_encoder(golden_model(), in_doubles(), {}, learning(parameters));
  const std::vector<int32_t> ids{2, 10, 20, 30, 10, 2, 40, 50};
  // Tokens that no prompt holds get zeros, as rows of the table.
  expect_gradients_of_parameters(parameters, kSmall, [&] {
    return gemma(ids, ops::Packing::of_lengths({5, 3}));
  });
}

TEST(Networks, JinaClip) {
  std::vector<grad::Parameter> parameters;
  const auto clip =
      pipeline::load_clip_model(golden_model(), in_doubles(), {}, learning(parameters));
  const std::vector<int32_t> ids{0, 10, 20, 2, 0, 40, 2};
  expect_gradients_of_parameters(parameters, kSmall, [&] {
    return clip(ids, ops::Packing::of_lengths({4, 3}));
  });
}

TEST(Networks, NextDiT) {
  std::vector<grad::Parameter> parameters;
  const auto dit =
      pipeline::load_transformer(golden_model(), in_doubles(), {}, learning(parameters));
  const ops::Packing captions = ops::Packing::of_lengths({3, 2});
  const auto random = [](Shape shape, uint32_t seed) {
    return random_tensor(shape, DType::f64, host(), seed);
  };
  const int64_t channels = dit.config().in_channels;
  const std::vector<Tensor> latents{random({channels, 4, 4}, 1), random({channels, 2, 6}, 2)};
  const Tensor features = random({5, dit.config().cap_feat_dim}, 3);
  const Tensor pooled = random({2, dit.config().clip_text_dim}, 4);
  const std::vector<float> t{0.3f, 0.8f};
  const auto layout = dit.layout({latents[0].shape(), latents[1].shape()}, captions);
  expect_gradients_of_parameters(parameters, kLarge, [&] {
    const auto caption = dit.refine_caption(features, captions);
    const auto v = dit({latents, t, caption, pooled, layout, {}});
    return ops::concat_rows({v[0].view({-1}), v[1].view({-1})});
  });
}

TEST(Networks, AVaeInTilesRefusesToLearn) {
  std::vector<grad::Parameter> parameters;
  const auto vae = pipeline::load_vae(golden_model(), in_doubles(), {}, {}, learning(parameters));
  const Tensor latent = random_tensor({1, 16, 8, 4}, DType::f64, host(), 1);
  try {
    vae.decode(latent, {.tile_pixels = 32});
    ADD_FAILURE() << "tiles gave a picture without gradients";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "grad.unsupported");
  }
}

TEST(Networks, FluxVae) {
  std::vector<grad::Parameter> parameters;
  const auto vae = pipeline::load_vae(golden_model(), in_doubles(), {}, {}, learning(parameters));
  const Tensor picture = random_tensor({1, 3, 16, 16}, DType::f64, host(), 1, 0.5f);
  expect_gradients_of_parameters(parameters, kMedium, [&] {
    const auto posterior = vae.encode(picture);
    const Tensor decoded = vae.decode(vae.to_latent(posterior.mean));
    return ops::concat_rows({decoded.view({-1}), posterior.logvar.view({-1})});
  });
}

}  // namespace
}  // namespace newbie::test
