#include "nn/linear.h"

namespace newbie::nn {
namespace {

ops::LinearWeights load(const WeightScope& scope, int64_t in, int64_t out, Bias bias) {
  const MemoryScope memory(scope.use().device, MemoryUse::weights);
  std::optional<Tensor> bias_values;
  if (bias == Bias::learned) bias_values = scope.tensor("bias", {out});
  return ops::prepare_linear(scope.tensor("weight", {out, in}), bias_values, scope.use().compute,
                             scope.use().residency);
}

}  // namespace

Linear::Linear(const WeightScope& scope, int64_t in, int64_t out, Bias bias)
    : weights_(load(scope, in, out, bias)) {}

Tensor gated(const Linear& gate, const Linear& up, const Tensor& x, ops::Activation activation) {
  return ops::gated_linear(x, gate.weights_, up.weights_, activation);
}

Embedding::Embedding(const WeightScope& scope, int64_t vocabulary, int64_t width, float scale)
    : weight_(scope.tensor("weight", {vocabulary, width})),
      scale_(scale),
      compute_(scope.use().compute) {}

}  // namespace newbie::nn
