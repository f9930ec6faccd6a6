/// cuBLASLt multiplies the codes and applies both scales on the way out. The gated form is one
/// kernel of ours on Hopper; elsewhere it multiplies twice, side by side into one block of bf16,
/// and the pass that gates it also quantises.
#include "ops/cuda/f8.h"

#include "ops/cuda/f8_kernels.h"
#include "ops/cuda/gated_product.h"
#include "ops/cuda/product_kernels.h"
#include "ops/f8_weights.h"

namespace newbie::ops::cuda {
namespace {

std::string declines(const LinearInput& x) {
  if (x.compute() != DType::bf16) return "products of 8 bits give bf16";
  if (x.values().device().capability() < 89) {
    return "the device has no products of 8 bits";
  }
  return "";
}

const float* numbers(const Tensor& x) { return reinterpret_cast<const float*>(x.raw()); }

/// One product of codes into `y`, whose rows are `stride` elements apart.
void multiply(Libraries& libraries, void* y, int64_t stride, const LinearInput& x,
              const LinearWeights& weights, bool gelu) {
  const F8Weights& w = f8_weights(weights);
  const int64_t rows = x.values().numel() / weights.in_features();
  ProductShape shape = ProductShape::dense(rows, weights.out_features(), weights.in_features(),
                                           DType::f8_e4m3, DType::bf16);
  shape.y_stride = stride;
  shape.gelu = gelu;
  // Bias is kept in f32, and cuBLASLt wants that of its outputs.
  Tensor bias;
  if (weights.bias().defined()) bias = cast(weights.bias(), DType::bf16);
  shape.bias = bias.defined();
  product(libraries, shape,
          {.x = x.values().raw(),
           .w = w.codes.raw(),
           .bias = shape.bias ? bias.raw() : nullptr,
           .y = y,
           .x_scales = numbers(x.scales()),
           .w_scales = numbers(w.scales)});
}

/// Rows from which our own kernel fills the device.
constexpr int64_t kWorthOneKernel = 1024;

/// The products of a gated pair: gated already, where one kernel does all of it.
struct Pair {
  Tensor gated;   // [rows,columns], or
  Tensor halves;  // [rows, 2 columns] side by side
};

/// `out` is where a gated product may go; undefined for memory of its own.
Pair multiply_pair(const LinearInput& x, const LinearWeights& gate, const LinearWeights& up,
                   const Activation& activation, Tensor out) {
  const Device& device = x.values().device();
  const int64_t rows = x.values().numel() / up.in_features(), columns = up.out_features();
  const F8Weights &g = f8_weights(gate), &u = f8_weights(up);
  const GatedShape shape{rows, columns, up.in_features(), DType::f8_e4m3};
  GatedOperands operands{x.values().raw(),    g.codes.raw(),     u.codes.raw(),    nullptr,
                         numbers(x.scales()), numbers(g.scales), numbers(u.scales)};
  const bool gates = activation == Activation::silu || activation == Activation::gelu_tanh;
  const MemoryScope scope(device, MemoryUse::workspace);
  if (gates && rows >= kWorthOneKernel &&
      gated_product_declines(device.capability(), shape, operands).empty()) {
    if (!out.defined()) out = Tensor::empty(Shape{rows, columns}, DType::bf16, device);
    if (device.plans()) return {out, {}};
    operands.y = out.mutable_raw();
    gated_product(libraries_of(device), shape, operands, activation);
    return {out, {}};
  }
  Tensor halves = Tensor::empty(Shape{rows, 2 * columns}, DType::bf16, device);
  if (device.plans()) return {{}, halves};
  Libraries& libraries = libraries_of(device);
  std::byte* left = halves.mutable_raw();
  multiply(libraries, left, 2 * columns, x, gate, false);
  multiply(libraries, left + static_cast<size_t>(columns) * size_of(DType::bf16), 2 * columns, x,
           up, false);
  return {{}, halves};
}

const std::byte* right_half(const Tensor& halves) {
  return halves.raw() + static_cast<size_t>(halves.dim(1) / 2) * size_of(halves.dtype());
}

}  // namespace

void quantize_rows(Tensor& codes, const AlsoOut& scales, const Tensor& x) {
  quantize_rows(libraries_of(x.device()).stream(), codes.mutable_raw(),
                reinterpret_cast<float*>(scales.tensor.mutable_raw()), x.raw(), x.dtype(),
                x.shape().rows(), x.dim(-1));
}

std::string linear_f8_declines(const LinearInput& x, const LinearWeights&, const Activation&) {
  return declines(x);
}

void linear_f8(Tensor& out, const LinearInput& x, const LinearWeights& weights,
               const Activation& activation) {
  if (out.numel() == 0) return;
  const bool gelu = activation == Activation::gelu_tanh;
  if (gelu || activation == Activation::none) {
    if (out.device().plans()) return;
    return multiply(libraries_of(out.device()), out.mutable_raw(), out.dim(-1), x, weights, gelu);
  }
  Tensor sums = Tensor::empty(out.shape(), out.dtype(), out.device());
  if (!out.device().plans()) {
    multiply(libraries_of(out.device()), sums.mutable_raw(), out.dim(-1), x, weights, false);
  }
  out = activate(sums, activation);
}

std::string gated_linear_f8_declines(const LinearInput& x, const LinearWeights&,
                                     const LinearWeights&, const Activation&) {
  return declines(x);
}

void gated_linear_f8(Tensor& out, const LinearInput& x, const LinearWeights& gate_weights,
                     const LinearWeights& up, const Activation& activation) {
  if (out.numel() == 0) return;
  const Pair pair = multiply_pair(x, gate_weights, up, activation, out);
  if (pair.gated.defined() || out.device().plans()) return;
  gate(libraries_of(out.device()).stream(), out.mutable_raw(), out.dtype(), pair.halves.raw(),
       right_half(pair.halves), pair.halves.dim(0), up.out_features(), pair.halves.dim(1),
       activation);
}

std::string gated_linear_to_f8_declines(const AlsoOut&, const LinearInput& x, const LinearWeights&,
                                        const LinearWeights&, const Activation&) {
  return declines(x);
}

void gated_linear_to_f8(Tensor& codes, const AlsoOut& scales, const LinearInput& x,
                        const LinearWeights& gate_weights, const LinearWeights& up,
                        const Activation& activation) {
  if (codes.numel() == 0) return;
  const Pair pair = multiply_pair(x, gate_weights, up, activation, {});
  if (codes.device().plans()) return;
  const cudaStream_t stream = libraries_of(codes.device()).stream();
  auto* to = reinterpret_cast<float*>(scales.tensor.mutable_raw());
  const int64_t columns = up.out_features();
  if (pair.gated.defined()) {
    quantize_rows(stream, codes.mutable_raw(), to, pair.gated.raw(), DType::bf16, pair.gated.dim(0),
                  columns);
  } else {
    gate_to_f8(stream, codes.mutable_raw(), to, DType::bf16, pair.halves.raw(),
               right_half(pair.halves), pair.halves.dim(0), columns, pair.halves.dim(1),
               activation);
  }
}

}  // namespace newbie::ops::cuda
