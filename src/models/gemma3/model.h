#pragma once
/// Gemma 3 as a text encoder: hidden_states[-2], the residual stream before the last layer.
///
/// Letters: T tokens of all prompts, D hidden size, H query heads, K key-value heads, E head width.

#include <span>
#include <vector>

#include "models/gemma3/config.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/observer.h"
#include "ops/attention.h"
#include "ops/rope.h"

namespace newbie::gemma3 {

/// What a layer is told besides its input: rotary tables and which keys its kind may see.
struct LayerRun {
  const ops::RopeTable& local_rope;
  const ops::RopeTable& global_rope;
  const ops::Packing& prompts;
  const std::vector<Tensor>& attention_bias;
};

/// Sandwich-norm decoder layer; global or sliding-window. x [T,D] -> [T,D]
class Layer {
 public:
  Layer(const Config& config, int64_t index, const nn::WeightScope& scope);
  Tensor operator()(const Tensor& x, const LayerRun& run) const;

 private:
  Tensor attention(const Tensor& x, const LayerRun& run) const;

  nn::RMSNorm input_layernorm_, post_attention_layernorm_, pre_feedforward_layernorm_,
      post_feedforward_layernorm_;
  nn::Linear q_proj_, k_proj_, v_proj_, o_proj_;
  nn::RMSNorm q_norm_, k_norm_;
  nn::Linear gate_proj_, up_proj_, down_proj_;
  int64_t heads_, kv_heads_, head_width_;
  int64_t window_;  // 0: global
  float scale_;
};

/// Source: transformers Gemma3TextModel; model specification 9.
class Gemma3 {
 public:
  /// Builds the layers up to the one that is read and not one more.
  Gemma3(const Config& config, const nn::WeightScope& scope);

  /// hidden_states[-2] of packed prompts: ids [T] -> [T,D]. Observer paths: "hidden_states.N".
  /// `attention_bias`: see ops::AttentionOptions; it can hide tokens of a prompt from all others.
  Tensor operator()(std::span<const int32_t> ids, const ops::Packing& prompts,
                    const nn::Observer& observer = {},
                    const std::vector<Tensor>& attention_bias = {}) const;

  const Device& device() const { return device_; }

 private:
  Config config_;
  Device device_;
  nn::Embedding embed_tokens_;
  std::vector<Layer> layers_;
};

}  // namespace newbie::gemma3
