#include "models/gemma3/model.h"

#include <cmath>

namespace newbie::gemma3 {
namespace {

constexpr auto kNorm = ops::RmsWeight::one_plus;

/// sqrt(D), rounded to the type of the activations as upstream does (50.5 for D = 2560 in bf16).
float embedding_scale(int64_t width, DType compute) {
  const float scale = std::sqrt(static_cast<float>(width));
  return compute == DType::bf16 ? to_float(to_bf16(scale)) : scale;
}

std::vector<Layer> build(const Config& config, const nn::WeightScope& scope) {
  std::vector<Layer> layers;
  for (int64_t i = 0; i + 1 < config.num_hidden_layers; ++i) {
    layers.emplace_back(config, i, scope / i);
  }
  return layers;
}

}  // namespace

Layer::Layer(const Config& config, int64_t index, const nn::WeightScope& scope)
    : input_layernorm_(scope / "input_layernorm", config.hidden_size, config.rms_norm_eps, kNorm),
      post_attention_layernorm_(scope / "post_attention_layernorm", config.hidden_size,
                                config.rms_norm_eps, kNorm),
      pre_feedforward_layernorm_(scope / "pre_feedforward_layernorm", config.hidden_size,
                                 config.rms_norm_eps, kNorm),
      post_feedforward_layernorm_(scope / "post_feedforward_layernorm", config.hidden_size,
                                  config.rms_norm_eps, kNorm),
      q_proj_(scope / "self_attn.q_proj", config.hidden_size,
              config.num_attention_heads * config.head_dim, nn::Bias::none),
      k_proj_(scope / "self_attn.k_proj", config.hidden_size,
              config.num_key_value_heads * config.head_dim, nn::Bias::none),
      v_proj_(scope / "self_attn.v_proj", config.hidden_size,
              config.num_key_value_heads * config.head_dim, nn::Bias::none),
      o_proj_(scope / "self_attn.o_proj", config.num_attention_heads * config.head_dim,
              config.hidden_size, nn::Bias::none),
      q_norm_(scope / "self_attn.q_norm", config.head_dim, config.rms_norm_eps, kNorm),
      k_norm_(scope / "self_attn.k_norm", config.head_dim, config.rms_norm_eps, kNorm),
      gate_proj_(scope / "mlp.gate_proj", config.hidden_size, config.intermediate_size,
                 nn::Bias::none),
      up_proj_(scope / "mlp.up_proj", config.hidden_size, config.intermediate_size, nn::Bias::none),
      down_proj_(scope / "mlp.down_proj", config.intermediate_size, config.hidden_size,
                 nn::Bias::none),
      heads_(config.num_attention_heads),
      kv_heads_(config.num_key_value_heads),
      head_width_(config.head_dim),
      window_(config.is_global[static_cast<size_t>(index)] ? 0 : config.sliding_window),
      scale_(1.0f / std::sqrt(static_cast<float>(config.query_pre_attn_scalar))) {}

Tensor Layer::attention(const Tensor& x, const LayerRun& run) const {
  const ops::RopeTable& rope = window_ == 0 ? run.global_rope : run.local_rope;
  const auto rotated = [&](const Tensor& rows, int64_t heads, const nn::RMSNorm& norm) {
    return ops::rms_norm_rope(rows.view({-1, heads, head_width_}), norm.weight, norm.eps, kNorm,
                              rope, ops::RopeLayout::half_split);
  };
  const Tensor q = rotated(q_proj_(x), heads_, q_norm_);
  const Tensor k = rotated(k_proj_(x), kv_heads_, k_norm_);
  const Tensor v = v_proj_(x).view({-1, kv_heads_, head_width_});
  return o_proj_(ops::attention(
      q, k, v, run.prompts,
      {.scale = scale_, .causal = true, .window = window_, .bias = run.attention_bias}));
}

Tensor Layer::operator()(const Tensor& x, const LayerRun& run) const {
  const Tensor a = attention(input_layernorm_(x), run);
  const Tensor y = ops::add_rms_norm(x, a, post_attention_layernorm_.weight,
                                     post_attention_layernorm_.eps, kNorm);
  const Tensor f = down_proj_(
      nn::gated(gate_proj_, up_proj_, pre_feedforward_layernorm_(y), ops::Activation::gelu_tanh));
  return ops::add_rms_norm(y, f, post_feedforward_layernorm_.weight,
                           post_feedforward_layernorm_.eps, kNorm);
}

Gemma3::Gemma3(const Config& config, const nn::WeightScope& scope)
    : config_(config),
      device_(scope.use().device),
      embed_tokens_(scope / "embed_tokens", config.vocab_size, config.hidden_size,
                    embedding_scale(config.hidden_size, scope.use().compute)),
      layers_(build(config, scope / "layers")) {}

Tensor Gemma3::operator()(std::span<const int32_t> ids, const ops::Packing& prompts,
                          const nn::Observer& observer,
                          const std::vector<Tensor>& attention_bias) const {
  std::vector<int32_t> positions;
  for (int64_t b = 0; b < prompts.count(); ++b) {
    for (int64_t i = 0; i < prompts.length(b); ++i) positions.push_back(static_cast<int32_t>(i));
  }
  const auto local = ops::rope_line(
      positions, config_.head_dim, static_cast<float>(config_.rope_local_base_freq), 1.0f, device_);
  const auto global =
      ops::rope_line(positions, config_.head_dim, static_cast<float>(config_.rope_theta),
                     static_cast<float>(config_.rope_scaling_factor), device_);
  Tensor x = embed_tokens_(ids);
  nn::observe(observer, "hidden_states.0", x);
  for (size_t i = 0; i < layers_.size(); ++i) {
    x = layers_[i](x, {local, global, prompts, attention_bias});
    if (observer) observer(fmt::format("hidden_states.{}", i + 1), x);
  }
  return x;
}

}  // namespace newbie::gemma3
