// The networks against the vectors of the model specification, appendix A: produced by the
// reference programs and derived again in double precision from the text alone.

#include <gtest/gtest.h>

#include "diffusion/guidance.h"
#include "models/flux_vae/model.h"
#include "models/gemma3/model.h"
#include "models/next_dit/model.h"
#include "ops/shape.h"
#include "unit/networks/filler.h"

namespace newbie::test {
namespace {

/// Sum and sum of squares see every element, so the tolerance grows with what they add up.
void expect_sums(const std::vector<float>& values, double sum, double squares, double tolerance) {
  double s = 0, q = 0;
  for (const float v : values) s += double{v}, q += double{v} * double{v};
  EXPECT_NEAR(s, sum, tolerance * static_cast<double>(values.size()));
  EXPECT_NEAR(q, squares, tolerance * squares + tolerance);
}

void expect_at(const std::vector<float>& values, size_t offset, const std::vector<double>& expected,
               double tolerance = 1e-5) {
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(values[offset + i], expected[i], tolerance) << "element " << offset + i;
  }
}

class Appendix : public ::testing::Test {
 protected:
  nn::WeightUse use() const { return {device_, DType::f32, ops::Residency::packed}; }
  Device device_ = Device::cpu();
};

TEST_F(Appendix, A1Filler) {
  EXPECT_NEAR(2 * filler("x", 0), -0.6299755573, 1e-9);
  EXPECT_NEAR(2 * filler("x", 3), 0.9864593744, 1e-9);
  EXPECT_NEAR(3 * filler("x_embedder.weight", 0) / 4, -0.3401393741, 1e-9);
}

class AppendixNextDiT : public Appendix {
 protected:
  static next_dit::Config config() {
    next_dit::Config c;
    c.patch_size = 2, c.in_channels = 4, c.dim = 48, c.n_layers = 2, c.n_refiner_layers = 1;
    c.n_heads = 4, c.n_kv_heads = 2, c.multiple_of = 32, c.cap_feat_dim = 20, c.clip_text_dim = 16;
    c.axes_dims = {4, 4, 4};
    c.axes_lens = {32, 16, 16};
    return c;
  }
  Tensor latent(int64_t b) const {
    return filler_input("x", {2, 4, 8, 12}, device_).slice(b, b + 1).view({4, 8, 12});
  }
  Tensor caption(int64_t b, int64_t tokens) const {
    return filler_input("cap", {2, 7, 20}, device_).slice(b, b + 1).view({7, 20}).slice(0, tokens);
  }

  /// Velocities of `latents`, captions of 7 and 5 tokens.
  std::vector<Tensor> run(const std::vector<Tensor>& latents, const std::vector<float>& t,
                          const Tensor& pooled) {
    const auto captions = ops::Packing::of_lengths({7, 5});
    const auto refined =
        network_.refine_caption(ops::concat_rows({caption(0, 7), caption(1, 5)}), captions);
    const auto layout = network_.layout({latents[0].shape(), latents[1].shape()}, captions);
    const std::vector<Tensor> no_bias;
    return network_({latents, t, refined, pooled, layout, no_bias});
  }
  std::vector<float> both(const Tensor& pooled) {
    const auto out = run({latent(0), latent(1)}, {0.3f, 0.8f}, pooled);
    auto values = out[0].to_floats();
    const auto second = out[1].to_floats();
    values.insert(values.end(), second.begin(), second.end());
    return values;
  }

  FillerWeights weights_{device_, false};
  nn::WeightUse use_ = use();
  next_dit::NextDiT network_{config(), nn::WeightScope(weights_, use_)};
  Tensor pooled_ = filler_input("pooled", {2, 16}, device_);
};

constexpr size_t kSecond = ((1 * 4 + 3) * 8 + 7) * 12;  // o[1,3,7,0]

TEST_F(AppendixNextDiT, A2WithPooledText) {
  const auto o = both(pooled_);
  expect_sums(o, -19.897197, 532.251801, 1e-5);
  expect_at(o, 0,
            {-0.72962767, -0.039706636, 0.10255059, 0.84990227, -0.01867868, 0.53459001,
             -0.29140937, 0.50441504});
  expect_at(o, kSecond,
            {0.26574451, 0.61120933, -0.66903925, -1.2194192, 0.22153707, 0.69967699, -0.13766322,
             0.90902483});
}

TEST_F(AppendixNextDiT, A2WithoutPooledText) {
  const auto o = both({});
  expect_sums(o, -35.4715647, 559.876371, 1e-5);
  expect_at(o, 0,
            {-0.83825552, -0.30305091, 0.39630219, 0.30837974, -0.10223471, 1.4757656, -0.97965902,
             0.71073997});
  expect_at(o, kSecond,
            {0.28926161, 1.1752306, -0.56775051, -0.53211617, 0.28605464, 0.56423086, -0.58781165,
             0.97825903});
}

TEST_F(AppendixNextDiT, A2Guidance) {
  const auto guided = [&](double t, double renorm) {
    const diffusion::Guidance guidance{
        .scale = 5,
        .renorm = renorm > 0 ? diffusion::Renorm::clamp : diffusion::Renorm::off,
        .until_time = 0.5};
    const auto velocity = diffusion::guide(
        {guidance}, [&](const Tensor& x, const diffusion::FlowPoint& at, const std::vector<int>&) {
          const Tensor one = x.view({4, 8, 12});
          const auto time = static_cast<float>(at.time());
          const auto out = run({one, one}, {time, time}, pooled_);
          return diffusion::Halves{out[0].view({1, 4, 8, 12}), out[1].view({1, 4, 8, 12})};
        });
    return velocity(latent(0).view({1, 4, 8, 12}), {.sigma = 1 - t}).to_floats();
  };
  auto o = guided(0.3, 1);
  expect_sums(o, -1.79130668, 275.711309, 1e-5);
  expect_at(o, 0, {-0.20523825, 0.22263983, -0.68827385, -0.17440267});
  o = guided(0.3, 0);
  expect_sums(o, -4.30835393, 1594.91561, 1e-5);
  expect_at(o, 0, {-0.49362808, 0.53548145, -1.6553996, -0.41946399});
  o = guided(0.6, 1);
  expect_sums(o, -15.5965734, 275.474581, 1e-5);
  expect_at(o, 0, {-0.71456128, -0.026968677, 0.092122562, 0.85386646});
}

TEST_F(Appendix, A4Gemma) {
  gemma3::Config c;
  c.vocab_size = 64, c.hidden_size = 32, c.intermediate_size = 48, c.num_hidden_layers = 7;
  c.num_attention_heads = 4, c.num_key_value_heads = 2, c.head_dim = 8, c.sliding_window = 4;
  c.query_pre_attn_scalar = 8, c.rope_scaling_factor = 8;
  c.is_global = {false, false, false, false, false, true, false};
  FillerWeights weights(device_, true);
  const auto with = use();
  const gemma3::Gemma3 network(c, nn::WeightScope(weights, with));
  const std::vector<int32_t> ids{2, 5, 9, 33, 12, 7, 60, 41, 8, 22, 19};
  const auto h = network(ids, ops::Packing::of_lengths({11})).to_floats();
  expect_sums(h, 224.191456, 4798.90043, 1e-5);
  expect_at(
      h, 0,
      {-4.5295572, 0.75073779, 4.8491969, 0.42619485, 5.4833975, 2.5321896, 3.6233377, -0.78942895},
      1e-4);
  expect_at(h, 320,
            {-1.6862655, -1.8321383, -1.7333854, 1.4551321, -0.87000155, 1.2258977, -0.81605214,
             -2.54918},
            1e-4);
}

class AppendixVae : public Appendix {
 protected:
  static flux_vae::Config config() {
    flux_vae::Config c;
    c.block_out_channels = {32, 32, 64, 64};
    c.latent_channels = 4;
    c.sample_size = 32;
    return c;
  }
  Tensor decode(const flux_vae::Tiling& tiling) {
    return network_.decode(network_.to_latent(filler_input("z", {1, 4, 5, 7}, device_)), tiling);
  }
  flux_vae::Posterior encode(const flux_vae::Tiling& tiling) {
    return network_.encode(filler_input("img", {1, 3, 40, 56}, device_), tiling);
  }
  static constexpr flux_vae::Tiling kTiles{.tile_pixels = 32};

  FillerWeights weights_{device_, false};
  nn::WeightUse use_ = use();
  flux_vae::FluxVae network_{config(), nn::WeightScope(weights_, use_)};
};

TEST_F(AppendixVae, A5Decode) {
  const auto o = decode({}).to_floats();
  expect_sums(o, 334.671178, 1694.3832, 1e-5);
  expect_at(o, 0,
            {0.49335825, 0.76016158, 0.87967551, 0.91242075, 0.82419544, 0.82346129, 0.74439204,
             0.6360119});
}

TEST_F(AppendixVae, A5TiledDecode) {
  const auto o = decode(kTiles).to_floats();
  expect_sums(o, 252.248681, 1820.08484, 1e-5);
  expect_at(o, 0,
            {0.63726962, 0.92539239, 1.0313468, 1.0699416, 0.84339035, 0.94493169, 0.90119493,
             0.81203473});
  expect_at(o, (2 * 40 + 39) * 56 + 48,
            {-0.21701947, -0.10801175, 0.05632937, 0.074873693, -0.12264821, 0.22579075, 0.23456001,
             0.30556723});
}

TEST_F(AppendixVae, A5Encode) {
  const auto posterior = encode({});
  const auto mean = posterior.mean.to_floats(), logvar = posterior.logvar.to_floats();
  expect_sums(mean, -33.3827551, 32.4575028, 1e-5);
  expect_at(
      mean, 0,
      {-0.053754523, -0.90830469, 0.078096174, -0.76746678, -1.1241825, -0.59662163, -0.4072333});
  expect_sums(logvar, 5.59680014, 47.4173205, 1e-5);
  expect_at(
      logvar, 0,
      {0.070034862, -1.0358096, -0.18362081, -0.50392759, -0.5099858, -0.26301944, -0.43211824});
}

TEST_F(AppendixVae, A5TiledEncode) {
  const auto mean = encode(kTiles).mean.to_floats();
  expect_sums(mean, -25.8481877, 26.9346959, 1e-5);
  expect_at(
      mean, 0,
      {-0.25743544, -0.73534727, 0.11853303, -0.25888994, -0.58877486, -0.88702601, -0.20369869});
}

}  // namespace
}  // namespace newbie::test
