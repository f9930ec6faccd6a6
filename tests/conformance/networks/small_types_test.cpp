/// Next-DiT in f16 on accelerators: a block whose numbers f16 cannot hold is named and runs in
/// bf16, and the pass gives what bf16 gives.
#include <gtest/gtest.h>

#include <cmath>

#include "base/hash.h"
#include "models/next_dit/model.h"
#include "ops/transfer.h"
#include "support/accelerators.h"
#include "support/compare.h"
#include "support/tensors.h"

namespace newbie::next_dit {
namespace {

Config tiny() {
  Config config;
  config.dim = 96;
  config.n_layers = 3;
  config.n_refiner_layers = 1;
  config.n_heads = 4;
  config.n_kv_heads = 2;
  config.multiple_of = 32;
  config.cap_feat_dim = 32;
  config.clip_text_dim = 16;
  config.axes_dims = {8, 8, 8};
  config.axes_lens = {64, 64, 64};
  return config;
}

/// Random weights; those whose path begins with `loud` are `factor` times as large.
class Weights final : public nn::WeightProvider {
 public:
  Weights(const Device& device, std::string loud, float factor)
      : device_(device), loud_(std::move(loud)), factor_(factor) {}

  Tensor take(const std::string& path, const Shape& shape) override {
    const bool norm = shape.rank() == 1 && path.ends_with("weight");
    const float scale = norm ? 0.1f : 1.0f / std::sqrt(static_cast<float>(shape[-1]));
    const auto seed = static_cast<uint32_t>(hash64(path));
    const float factor = !loud_.empty() && path.starts_with(loud_) ? factor_ : 1.0f;
    const Tensor values = test::random_tensor(shape, DType::f32, Device::cpu(2), seed,
                                              scale * factor, norm ? 1.0f : 0.0f);
    return ops::to_device(ops::cast(values, DType::bf16), device_);
  }
  bool has(const std::string&) const override { return true; }

 private:
  Device device_;
  std::string loud_;
  float factor_;
};

struct Answer {
  Tensor velocity;
  std::vector<std::string> retried;
};

Answer answer(const Device& device, DType type, const std::string& loud, float factor, int passes,
              nn::LinearStorage linear = nn::LinearStorage::compute) {
  Weights weights(device, loud, factor);
  const nn::WeightUse use{.device = device,
                          .compute = type,
                          .residency = ops::Residency::packed,
                          .linear = linear,
                          .stream = {},
                          .live = false};
  const NextDiT network(tiny(), nn::WeightScope(weights, use));
  const auto random = [&](Shape shape, uint32_t seed) {
    return ops::to_device(test::random_tensor(shape, DType::f32, Device::cpu(2), seed), device);
  };
  const auto captions = Packing::of_lengths({7});
  const RefinedCaption caption =
      network.refine_caption(ops::cast(random({7, 32}, 1), type), captions);
  const std::vector<Tensor> latents{random({tiny().in_channels, 8, 8}, 2)}, no_bias;
  const std::vector<float> t{0.3f};
  const Tensor pooled = random({1, 16}, 3);
  const Layout layout = network.layout({latents[0].shape()}, captions);
  Answer out;
  HalfGuard guard;
  guard.on_retry = [&](std::string_view path) { out.retried.emplace_back(path); };
  Input input{latents, t, caption, pooled, layout, no_bias};
  input.guard = &guard;
  for (int pass = 0; pass < passes; ++pass) out.velocity = ops::to_host(network(input)[0]);
  return out;
}

TEST(HalfGuard, SoundBlocksStayInHalf) {
  for (const Device& device : test::accelerators()) {
    const Answer half = answer(device, DType::f16, "", 1, 1);
    EXPECT_TRUE(half.retried.empty());
    EXPECT_LE(test::relative_l2(half.velocity, answer(device, DType::f32, "", 1, 1).velocity),
              5e-3);
  }
}

TEST(HalfGuard, ABlockThatOverflowsInsideIsNamedOnceAndRunsInBf16) {
  // The feed-forward overflows; the norm behind it brings its numbers back.
  for (const Device& device : test::accelerators()) {
    const std::string loud = "layers.1.feed_forward.w";
    const Answer half = answer(device, DType::f16, loud, 1e3f, 3);
    EXPECT_EQ(half.retried, std::vector<std::string>{"layers.1"}) << "in three passes";
    EXPECT_LE(test::relative_l2(half.velocity, answer(device, DType::f32, loud, 1e6f, 1).velocity),
              3e-2);
  }
}

TEST(HalfGuard, WhatHalfCannotHoldStaysInBf16) {
  // The norm behind the attention is loud: the sum itself is beyond f16 from here on.
  for (const Device& device : test::accelerators()) {
    const std::string loud = "layers.1.attention_norm2.weight";
    const Answer half = answer(device, DType::f16, loud, 1e6f, 2);
    EXPECT_EQ(half.retried, (std::vector<std::string>{"layers.1", "layers.1"}));
    EXPECT_LE(test::relative_l2(half.velocity, answer(device, DType::f32, loud, 1e6f, 1).velocity),
              3e-2);
  }
}

TEST(F8, ANetworkStaysNearItsOwnNumbers) {
  const Device host = Device::cpu(2);
  const Tensor exact = answer(host, DType::f32, "", 1, 1).velocity;
  const Tensor eight = answer(host, DType::f32, "", 1, 1, nn::LinearStorage::f8).velocity;
  const double distance = test::relative_l2(eight, exact);
  EXPECT_LE(distance, 0.1);
  EXPECT_GT(distance, 1e-3) << "codes were not used";
  for (const Device& device : test::accelerators()) {
    const Answer there = answer(device, DType::bf16, "", 1, 1, nn::LinearStorage::f8);
    EXPECT_LE(test::relative_l2(there.velocity, exact), 0.1);
  }
}

}  // namespace
}  // namespace newbie::next_dit
