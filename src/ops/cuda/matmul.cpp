/// cuBLASLt adds a bias and applies GELU on the way out; other activations follow in a second pass
/// over f32 sums. The gated form is one kernel of ours on Hopper; elsewhere it multiplies twice,
/// side by side into one block, and gates that in a third pass.
#include "ops/cuda/matmul.h"

#include "ops/cuda/backward.h"
#include "ops/cuda/gated_product.h"
#include "ops/cuda/product_kernels.h"
#include "ops/elementwise.h"
#include "ops/f8_weights.h"

namespace newbie::ops::cuda {
namespace {

/// Rows from which our own kernel fills the device.
constexpr int64_t kWorthOneKernel = 1024;

struct DeviceWeights final : LinearWeights::Prepared {
  Tensor weight;  // [out,in]
  Tensor bias;    // [out], as cuBLASLt wants it: of the outputs' type
};

const DeviceWeights* device_weights(const LinearWeights& weights) {
  return dynamic_cast<const DeviceWeights*>(weights.prepared());
}

std::string declines(const LinearWeights& weights) {
  return device_weights(weights) ? "" : "the weight was not prepared on a CUDA device";
}

/// The weight in the type of x: another one where x left f16 behind.
Tensor weight_for(const Tensor& x, const LinearWeights& weights) {
  const MemoryScope scope(x.device(), MemoryUse::workspace);
  return cast(device_weights(weights)->weight, x.dtype());
}

Tensor bias_for(const Tensor& x, const LinearWeights& weights) {
  const Tensor& bias = device_weights(weights)->bias;
  return bias.defined() ? cast(bias, x.dtype()) : bias;
}

int64_t rows_of(const Tensor& x, const LinearWeights& weights) {
  return x.numel() / weights.in_features();
}

Tensor scratch(const Device& device, Shape shape, DType type) {
  const MemoryScope scope(device, MemoryUse::workspace);
  return Tensor::empty(shape, type, device);
}

}  // namespace

std::shared_ptr<const LinearWeights::Prepared> prepare_linear(const Tensor& weight,
                                                              const Tensor& bias, DType compute) {
  auto made = std::make_shared<DeviceWeights>();
  made->weight = cast(weight, compute);
  if (bias.defined()) made->bias = cast(bias, compute);
  return made;
}

bool has_rows(const LinearWeights& weights) {
  return weights.weight().defined() || weights.storage() == LinearStorage::f8 ||
         device_weights(weights);
}

Tensor weights_as_rows(const LinearWeights& weights, DType type) {
  if (weights.weight().defined()) return cast(weights.weight(), type);
  if (weights.storage() != LinearStorage::f8) return cast(device_weights(weights)->weight, type);
  Tensor rows = cast(f8_weights(weights).codes, type);
  scale_rows(rows, f8_weights(weights).scales);
  return rows;
}

std::string linear_declines(const Tensor&, const LinearWeights& weights, const Activation&) {
  return declines(weights);
}

void linear(Tensor& out, const Tensor& x, const LinearWeights& weights,
            const Activation& activation) {
  const Tensor weight = weight_for(x, weights), bias = bias_for(x, weights);
  const int64_t rows = rows_of(x, weights), columns = weights.out_features();
  if (rows == 0) return;
  // The library's GELU is good to three digits, which only narrow types do not notice.
  const bool gelu = activation == Activation::gelu_tanh && x.dtype() != DType::f32;
  const bool at_once = gelu || activation == Activation::none;
  Tensor sums = at_once ? Tensor() : scratch(x.device(), Shape{rows, columns}, DType::f32);
  if (x.device().plans()) return;
  Libraries& libraries = libraries_of(x.device());
  ProductShape shape =
      ProductShape::dense(rows, columns, weights.in_features(), x.dtype(), x.dtype());
  if (at_once) {
    shape.gelu = gelu;
    shape.bias = bias.defined();
    product(libraries, shape,
            {x.raw(), weight.raw(), shape.bias ? bias.raw() : nullptr, out.mutable_raw()});
    return;
  }
  shape.out = DType::f32;
  product(libraries, shape, {x.raw(), weight.raw(), nullptr, sums.mutable_raw()});
  const std::byte* added = weights.bias().defined() ? weights.bias().raw() : nullptr;
  bias_activation(libraries.stream(), out.mutable_raw(), x.dtype(),
                  reinterpret_cast<const float*>(sums.raw()), reinterpret_cast<const float*>(added),
                  rows, columns, activation);
}

std::string linear_onto_declines(const Tensor&, const Tensor&, const LinearWeights& weights) {
  return declines(weights);
}

void linear_onto(Tensor& out, const Tensor& sum, const Tensor& x, const LinearWeights& weights) {
  const Tensor weight = weight_for(x, weights);
  const int64_t rows = rows_of(x, weights);
  if (rows == 0 || x.device().plans()) return;
  ProductShape shape = ProductShape::dense(rows, weights.out_features(), weights.in_features(),
                                           x.dtype(), x.dtype());
  shape.adds = true;
  product(libraries_of(x.device()), shape,
          {.x = x.raw(), .w = weight.raw(), .y = out.mutable_raw(), .added = sum.raw()});
}

std::string gated_linear_declines(const Tensor&, const LinearWeights& gate_weights,
                                  const LinearWeights& up, const Activation&) {
  const std::string reason = declines(gate_weights);
  return reason.empty() ? declines(up) : reason;
}

void gated_linear(Tensor& out, const Tensor& x, const LinearWeights& gate_weights,
                  const LinearWeights& up, const Activation& activation) {
  const int64_t rows = rows_of(x, up), columns = up.out_features();
  if (rows == 0) return;
  const GatedShape whole{rows, columns, up.in_features(), x.dtype()};
  const Tensor gates_in = weight_for(x, gate_weights), ups = weight_for(x, up);
  const GatedOperands operands{x.raw(), gates_in.raw(), ups.raw(), out.mutable_raw()};
  const bool gates = activation == Activation::silu || activation == Activation::gelu_tanh;
  const bool one_kernel = gates && rows >= kWorthOneKernel &&
                          gated_product_declines(x.device().capability(), whole, operands).empty();
  Tensor halves = one_kernel ? Tensor() : scratch(x.device(), Shape{rows, 2 * columns}, x.dtype());
  if (x.device().plans()) return;
  Libraries& libraries = libraries_of(x.device());
  if (one_kernel) return gated_product(libraries, whole, operands, activation);
  std::byte* left = halves.mutable_raw();
  std::byte* right = left + static_cast<size_t>(columns) * size_of(x.dtype());
  ProductShape shape = ProductShape::dense(rows, columns, up.in_features(), x.dtype(), x.dtype());
  shape.y_stride = 2 * columns;
  product(libraries, shape, {x.raw(), gates_in.raw(), nullptr, left});
  product(libraries, shape, {x.raw(), ups.raw(), nullptr, right});
  gate(libraries.stream(), out.mutable_raw(), x.dtype(), left, right, rows, columns, 2 * columns,
       activation);
}

}  // namespace newbie::ops::cuda
