#pragma once
/// Learned products and tables.

#include <cstdint>
#include <span>

#include "nn/weight_scope.h"
#include "ops/embedding.h"
#include "ops/matmul.h"

namespace newbie::nn {

enum class Bias : uint8_t { none, learned };

/// y = act(x W^T + b). The one seam where adapters attach. Shapes: weight [out,in], bias [out].
class Linear {
 public:
  Linear(const WeightScope& scope, int64_t in, int64_t out, Bias bias);

  Tensor operator()(const Tensor& x, ops::Activation activation = ops::Activation::none) const {
    return ops::linear(x, weights_, activation);
  }

 private:
  friend Tensor gated(const Linear& gate, const Linear& up, const Tensor& x,
                      ops::Activation activation);
  ops::LinearWeights weights_;
};

/// act(gate(x)) * up(x), in one pass.
Tensor gated(const Linear& gate, const Linear& up, const Tensor& x, ops::Activation activation);

/// Rows of a table, times a constant. Shapes: weight [V,D].
class Embedding {
 public:
  Embedding(const WeightScope& scope, int64_t vocabulary, int64_t width, float scale = 1.0f);
  Tensor operator()(std::span<const int32_t> ids) const {
    return ops::embedding(weight_, ids, scale_, compute_);
  }
  const Tensor& weight() const { return weight_; }

 private:
  Tensor weight_;
  float scale_;
  DType compute_;
};

}  // namespace newbie::nn
