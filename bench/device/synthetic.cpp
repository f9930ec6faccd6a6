#include "synthetic.h"

#include <cmath>

#include "base/hash.h"
#include "base/parallel.h"
#include "ops/shape.h"
#include "ops/transfer.h"
#include "tensor/rng_newbie.h"

namespace newbie::bench {
namespace {

constexpr int64_t kPool = int64_t{1} << 25;

Tensor normal_numbers(int64_t count, uint64_t seed) {
  Tensor made = Tensor::empty({count}, DType::f32, Device::cpu());
  const NoiseKey key{.seed = seed};
  parallel_ranges(hardware_threads(), count, 1 << 16, [&](int64_t begin, int64_t end) {
    fill_normal(key, static_cast<uint64_t>(begin),
                {made.mutable_data<float>() + begin, static_cast<size_t>(end - begin)});
  });
  return made;
}

}  // namespace

SyntheticWeights::SyntheticWeights(DType dtype, const Device& device)
    : dtype_(dtype), device_(device), pool_(ops::to_device(normal_numbers(kPool, 1), device)) {}

Tensor SyntheticWeights::take(const std::string& path, const Shape& shape) {
  const bool norm = shape.rank() == 1 && path.ends_with("weight");
  const bool bias = shape.rank() == 1 && !norm;
  const auto fan_in =
      static_cast<float>(std::max<int64_t>(1, shape.numel() / std::max<int64_t>(1, shape[0])));
  const float scale = norm ? 0.02f : bias ? 0.01f : 1.0f / std::sqrt(fan_in);
  std::vector<Tensor> parts;
  auto at = static_cast<int64_t>(hash64(path) % static_cast<uint64_t>(kPool / 2)) & ~int64_t{63};
  for (int64_t left = shape.numel(); left > 0;) {
    const int64_t count = std::min(left, kPool - at);
    const Tensor part = ops::affine(pool_.slice(at, at + count), scale, norm ? 1.0f : 0.0f);
    parts.push_back(ops::cast(part, dtype_));
    left -= count;
    at = 0;
  }
  return (parts.size() == 1 ? parts[0] : ops::concat_rows(parts)).view(shape);
}

next_dit::Config transformer_config(int64_t layers) {
  next_dit::Config config;
  config.dim = 2304;
  config.n_layers = layers;
  config.n_refiner_layers = 2;
  config.n_heads = 24;
  config.n_kv_heads = 8;
  config.axes_dims = {32, 32, 32};
  config.axes_lens = {1024, 512, 512};
  config.cap_feat_dim = 2560;
  config.clip_text_dim = 1024;
  return config;
}

gemma3::Config gemma_config() {
  gemma3::Config config;
  config.vocab_size = 262208;
  config.hidden_size = 2560;
  config.intermediate_size = 10240;
  config.num_hidden_layers = 34;
  config.num_attention_heads = 8;
  config.num_key_value_heads = 4;
  config.head_dim = 256;
  config.query_pre_attn_scalar = 256;
  config.rope_scaling_factor = 8;
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) config.is_global.push_back(i % 6 == 5);
  return config;
}

jina_clip::Config jina_config() {
  jina_clip::Config config;
  config.vocab_size = 250002;
  config.type_vocab_size = 1;
  config.hidden_size = 1024;
  config.num_hidden_layers = 24;
  config.num_attention_heads = 16;
  config.intermediate_size = 4096;
  return config;
}

nn::WeightUse use_of(const Device& device, DType compute, nn::LinearStorage linear,
                     ops::Residency residency) {
  return {.device = device,
          .compute = compute,
          .residency = residency,
          .linear = linear,
          .stream = {},
          .live = false};
}

Tensor random_tensor(const Shape& shape, DType dtype, const Device& device, uint64_t seed) {
  const Tensor numbers = normal_numbers(shape.numel(), seed).view(shape);
  return ops::to_device(ops::cast(numbers, dtype), device);
}

}  // namespace newbie::bench
