#include "nn/linear.h"

#include "tensor/gradient.h"

namespace newbie::nn {

ops::LinearWeights live_weights(const Tensor& weight, const Tensor& bias, DType compute) {
  const auto given = bias.defined() ? std::optional(bias) : std::nullopt;
  return ops::prepare_linear(ops::cast(weight, compute), given, compute, ops::Residency::mapped);
}

Tensor product(const Tensor& x, const Tensor& weight, const Tensor& bias,
               ops::Activation activation) {
  return ops::linear(x, live_weights(weight, bias, x.dtype()), activation);
}

Linear::Linear(const WeightScope& scope, int64_t in, int64_t out, Bias bias)
    : addition_(scope.addition()) {
  const MemoryScope memory(scope.use().device, MemoryUse::weights);
  std::optional<Tensor> bias_values;
  if (bias == Bias::learned) bias_values = scope.tensor("bias", {out});
  const Tensor weight = scope.tensor("weight", {out, in});
  if (scope.use().live) {
    live_weight_ = weight;
    live_bias_ = bias_values.value_or(Tensor());
  } else {
    weights_ = ops::prepare_linear(weight, bias_values, scope.use().compute, scope.use().residency,
                                   scope.linear_storage());
  }
}

Tensor Linear::adapted(const Tensor& x, ops::Activation activation) const {
  const Tensor y = live_weight_.defined()
                       ? ops::add(plain(x, ops::Activation::none), (*addition_)(x))
                       : addition_->with_product(x, weights_);
  return activation == ops::Activation::none ? y : ops::activate(y, activation);
}

ops::LinearInput gated(const Linear& gate, const Linear& up, const ops::LinearInput& x,
                       ops::Activation activation, ops::RowFormat format) {
  if (gate.is_plain() && up.is_plain()) {
    return ops::gated_linear(x, gate.weights_, up.weights_, activation, format);
  }
  const Tensor rows = ops::gated(gate(x), up(x), activation);
  const bool plain = format == ops::RowFormat::plain || recording(rows);
  return plain ? ops::LinearInput(rows) : ops::quantize_rows(rows);
}

Embedding::Embedding(const WeightScope& scope, int64_t vocabulary, int64_t width, float scale)
    : weight_(scope.use().residency == ops::Residency::mapped && !scope.use().live
                  ? scope.tensor_on_host("weight", {vocabulary, width})
                  : scope.tensor("weight", {vocabulary, width})),
      scale_(scale),
      compute_(scope.use().compute),
      device_(scope.use().device) {}

}  // namespace newbie::nn
