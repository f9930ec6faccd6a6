#include "nn/conv.h"

namespace newbie::nn {

Conv2d::Conv2d(const WeightScope& scope, int64_t in, int64_t out, int64_t kernel,
               ops::ConvGeometry geometry)
    : geometry_(geometry) {
  const MemoryScope memory(scope.use().device, MemoryUse::weights);
  weights_ = ops::prepare_conv(scope.tensor("weight", {out, in, kernel, kernel}),
                               scope.tensor("bias", {out}), scope.use().compute);
}

}  // namespace newbie::nn
