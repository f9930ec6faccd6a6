#pragma once
/// Learned products and tables.

#include <cstdint>
#include <memory>
#include <span>

#include "nn/weight_scope.h"
#include "ops/embedding.h"
#include "ops/matmul.h"
#include "ops/transfer.h"

namespace newbie::nn {

enum class Bias : uint8_t { none, learned };

/// Weights as they are now, for one product.
ops::LinearWeights live_weights(const Tensor& weight, const Tensor& bias, DType compute);

/// y = act(x W^T + b) with parameters that may differ from call to call, as learned ones do.
/// Shapes: x [...,in], weight [out,in] of any floating type, bias [out] or undefined.
Tensor product(const Tensor& x, const Tensor& weight, const Tensor& bias = {},
               ops::Activation activation = ops::Activation::none);

/// y = act(x W^T + b + what adapters add). The one seam where adapters attach; the weight itself
/// stays as it is. Shapes: weight [out,in], bias [out].
class Linear {
 public:
  Linear(const WeightScope& scope, int64_t in, int64_t out, Bias bias);

  Tensor operator()(const ops::LinearInput& x,
                    ops::Activation activation = ops::Activation::none) const {
    return addition_ ? adapted(x.values(), activation) : plain(x, activation);
  }
  /// The form of x that needs no pass of its own; adapters and live weights want numbers.
  ops::RowFormat takes() const { return is_plain() ? weights_.takes() : ops::RowFormat::plain; }

 private:
  friend ops::LinearInput gated(const Linear& gate, const Linear& up, const ops::LinearInput& x,
                                ops::Activation activation, ops::RowFormat format);

  Tensor plain(const ops::LinearInput& x, ops::Activation activation) const {
    return live_weight_.defined() ? product(x.values(), live_weight_, live_bias_, activation)
                                  : ops::linear(x, weights_, activation);
  }
  Tensor adapted(const Tensor& x, ops::Activation activation) const;
  bool is_plain() const { return !addition_ && !live_weight_.defined(); }

  ops::LinearWeights weights_;
  Tensor live_weight_, live_bias_;  // instead of weights_ when WeightUse::live
  std::shared_ptr<const Addition> addition_;
};

/// act(gate(x)) * up(x) in the form that the next product takes, in one pass when neither is
/// adapted or live.
ops::LinearInput gated(const Linear& gate, const Linear& up, const ops::LinearInput& x,
                       ops::Activation activation, ops::RowFormat format = ops::RowFormat::plain);

/// Rows of a table, times a constant. Shapes: weight [V,D].
class Embedding {
 public:
  Embedding(const WeightScope& scope, int64_t vocabulary, int64_t width, float scale = 1.0f);
  Tensor operator()(std::span<const int32_t> ids) const {
    return ops::to_device(ops::embedding(weight_, ids, scale_, compute_), device_);
  }
  const Tensor& weight() const { return weight_; }

 private:
  Tensor weight_;  // in host memory where the network's weights are mapped
  float scale_;
  DType compute_;
  Device device_;
};

}  // namespace newbie::nn
