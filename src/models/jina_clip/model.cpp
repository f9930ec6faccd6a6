#include "models/jina_clip/model.h"

#include <cmath>

#include "ops/reduce.h"

namespace newbie::jina_clip {
namespace {

std::vector<Layer> build(const Config& config, const nn::WeightScope& scope) {
  std::vector<Layer> layers;
  for (int64_t i = 0; i < config.num_hidden_layers; ++i) layers.emplace_back(config, scope / i);
  return layers;
}

Tensor first_token_type(const Config& config, const nn::WeightScope& scope) {
  const MemoryScope memory(scope.use().device, MemoryUse::weights);
  const Tensor table = scope.tensor("weight", {config.type_vocab_size, config.hidden_size});
  const Tensor row = table.slice(0, 1).view({config.hidden_size});
  return scope.use().live ? row : ops::cast(row, scope.use().compute);
}

}  // namespace

Layer::Layer(const Config& config, const nn::WeightScope& scope)
    : Wqkv_(scope / "mixer.Wqkv", config.hidden_size, 3 * config.hidden_size, nn::Bias::learned),
      out_proj_(scope / "mixer.out_proj", config.hidden_size, config.hidden_size,
                nn::Bias::learned),
      norm1_(scope / "norm1", config.hidden_size, config.layer_norm_eps),
      fc1_(scope / "mlp.fc1", config.hidden_size, config.intermediate_size, nn::Bias::learned),
      fc2_(scope / "mlp.fc2", config.intermediate_size, config.hidden_size, nn::Bias::learned),
      norm2_(scope / "norm2", config.hidden_size, config.layer_norm_eps),
      heads_(config.num_attention_heads),
      scale_(1.0f /
             std::sqrt(static_cast<float>(config.hidden_size / config.num_attention_heads))) {}

Tensor Layer::operator()(const Tensor& x, const ops::RopeTable& rope,
                         const ops::Packing& prompts) const {
  constexpr auto kLayout = ops::RopeLayout::half_split;
  const ops::Heads h = ops::split_heads(Wqkv_(x), heads_, heads_);
  const Tensor a = ops::attention(ops::rope(h.q, rope, kLayout), ops::rope(h.k, rope, kLayout), h.v,
                                  prompts, {.scale = scale_, .bias = {}});
  const Tensor y = norm1_(ops::add(x, out_proj_(a)));
  return norm2_(ops::add(y, fc2_(fc1_(y, ops::Activation::gelu_erf))));
}

JinaClip::JinaClip(const Config& config, const nn::WeightScope& scope)
    : config_(config),
      device_(scope.use().device),
      word_embeddings_(scope / "embeddings.word_embeddings", config.vocab_size, config.hidden_size),
      token_type_(first_token_type(config, scope / "embeddings.token_type_embeddings")),
      emb_ln_(scope / "emb_ln", config.hidden_size, config.layer_norm_eps),
      layers_(build(config, scope / "encoder.layers")) {}

Tensor JinaClip::operator()(std::span<const int32_t> ids, const ops::Packing& prompts,
                            const nn::Observer& observer) const {
  std::vector<int32_t> positions;
  for (int64_t b = 0; b < prompts.count(); ++b) {
    for (int64_t i = 0; i < prompts.length(b); ++i) positions.push_back(static_cast<int32_t>(i));
  }
  const auto rope = ops::rope_line(positions, config_.hidden_size / config_.num_attention_heads,
                                   static_cast<float>(config_.rotary_emb_base), 1.0f, device_);
  const Tensor words = word_embeddings_(ids);
  Tensor x = emb_ln_(ops::add(words, ops::cast(token_type_, words.dtype())));
  nn::observe(observer, "states.0", x);
  for (size_t i = 0; i < layers_.size(); ++i) {
    x = layers_[i](x, rope, prompts);
    if (observer) observer(fmt::format("states.{}", i + 1), x);
  }
  nn::observe(observer, "last_hidden_state", x);
  return ops::mean_rows(x, prompts);
}

}  // namespace newbie::jina_clip
