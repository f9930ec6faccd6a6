#pragma once
/// Learned normalisations. Their weights are small and stay in f32, or as they
/// were given when they are live.

#include "nn/weight_scope.h"
#include "ops/norm.h"

namespace newbie::nn {

/// Root-mean-square norm. Fused ops take `weight` and `eps` directly.
struct RMSNorm {
  RMSNorm(const WeightScope& scope, int64_t width, float epsilon,
          ops::RmsWeight how = ops::RmsWeight::plain);

  Tensor operator()(const Tensor& x) const { return ops::rms_norm(x, weight, eps, kind); }

  Tensor weight;  ///< [D]
  float eps;
  ops::RmsWeight kind;
};

struct LayerNorm {
  LayerNorm(const WeightScope& scope, int64_t width, float epsilon);

  Tensor operator()(const Tensor& x) const { return ops::layer_norm(x, weight, bias, eps); }

  Tensor weight;  ///< [D]
  Tensor bias;    ///< [D]
  float eps;
};

/// Over groups of channels of an image [B,h,w,C], with the activation that follows.
struct GroupNorm {
  GroupNorm(const WeightScope& scope, int64_t channels, int64_t group_count, float epsilon);

  Tensor operator()(const Tensor& x, ops::Activation activation) const {
    return ops::group_norm(x, groups, weight, bias, eps, activation);
  }

  Tensor weight;  ///< [C]
  Tensor bias;    ///< [C]
  int64_t groups;
  float eps;
};

}  // namespace newbie::nn
