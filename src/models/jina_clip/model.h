#pragma once
/// The text tower of Jina CLIP v2: XLM-R layout with rotary positions, post-norm, mean pooling.
///
/// Letters: T tokens of all prompts, B prompts, D hidden size, H heads.

#include <span>
#include <vector>

#include "models/jina_clip/config.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/observer.h"
#include "ops/attention.h"
#include "ops/rope.h"

namespace newbie::jina_clip {

/// Post-norm encoder layer. x [T,D] -> [T,D]
class Layer {
 public:
  Layer(const Config& config, const nn::WeightScope& scope);
  Tensor operator()(const Tensor& x, const ops::RopeTable& rope, const ops::Packing& prompts) const;

 private:
  nn::Linear Wqkv_, out_proj_;
  nn::LayerNorm norm1_;
  nn::Linear fc1_, fc2_;
  nn::LayerNorm norm2_;
  int64_t heads_;
  float scale_;
};

/// Source: jinaai/jina-clip-v2 text tower on jina-embeddings-v3; model specification 10.
class JinaClip {
 public:
  JinaClip(const Config& config, const nn::WeightScope& scope);

  /// Mean of the last hidden states of each prompt, specials included, not normalised. ids [T]
  /// without padding, rows packed by prompt -> [B,D]. Observer paths: "states.N",
  /// "last_hidden_state".
  Tensor operator()(std::span<const int32_t> ids, const ops::Packing& prompts,
                    const nn::Observer& observer = {}) const;

 private:
  Config config_;
  Device device_;
  nn::Embedding word_embeddings_;
  Tensor token_type_;  // [D]: there is one type
  nn::LayerNorm emb_ln_;
  std::vector<Layer> layers_;
};

}  // namespace newbie::jina_clip
