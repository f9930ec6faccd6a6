#include "nn/conv.h"

namespace newbie::nn {

Conv2d::Conv2d(const WeightScope& scope, int64_t in, int64_t out, int64_t kernel,
               ops::ConvGeometry geometry)
    : geometry_(geometry) {
  const MemoryScope memory(scope.use().device, MemoryUse::weights);
  const Tensor weight = scope.tensor("weight", {out, in, kernel, kernel});
  const Tensor bias = scope.tensor("bias", {out});
  if (scope.use().live) {
    live_weight_ = weight;
    live_bias_ = bias;
  } else {
    weights_ = ops::prepare_conv(weight, bias, scope.use().compute);
  }
}

ops::ConvWeights Conv2d::prepared_now(DType compute) const {
  return ops::prepare_conv(ops::cast(live_weight_, compute), live_bias_, compute);
}

}  // namespace newbie::nn
