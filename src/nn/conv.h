#pragma once
/// Convolution with learned weights, channels last.

#include "nn/weight_scope.h"
#include "ops/conv.h"

namespace newbie::nn {

/// y = conv(x) + b (+ residual). Shapes: weight [out,in,kernel,kernel], bias [out].
class Conv2d {
 public:
  Conv2d(const WeightScope& scope, int64_t in, int64_t out, int64_t kernel,
         ops::ConvGeometry geometry);
  /// Stride 1, padded so that the size stays.
  Conv2d(const WeightScope& scope, int64_t in, int64_t out, int64_t kernel)
      : Conv2d(scope, in, out, kernel, ops::ConvGeometry::same(kernel)) {}

  Tensor operator()(const Tensor& x, const Tensor& residual = {}) const {
    return ops::conv2d(x, live_weight_.defined() ? prepared_now(x.dtype()) : weights_, geometry_,
                       residual);
  }

 private:
  ops::ConvWeights prepared_now(DType compute) const;

  ops::ConvWeights weights_;
  Tensor live_weight_, live_bias_;  // instead of weights_ when WeightUse::live
  ops::ConvGeometry geometry_;
};

}  // namespace newbie::nn
