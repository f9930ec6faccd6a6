/// cuBLASLt multiplies the codes and applies both scales on the way out. The gated form multiplies
/// twice, side by side into one block of bf16; the pass that gates it also quantises. One kernel
/// for both products and the gate, as for bf16, was measured and is a tenth slower between other
/// ops: codes are multiplied too fast for its way of gating.
#include "ops/cuda/f8.h"

#include "ops/cuda/f8_kernels.h"
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

/// Both products side by side: [rows, 2 columns].
Tensor halves_of(const LinearInput& x, const LinearWeights& gate, const LinearWeights& up) {
  const int64_t rows = x.values().numel() / up.in_features(), columns = up.out_features();
  const MemoryScope scope(x.values().device(), MemoryUse::workspace);
  Tensor halves = Tensor::empty(Shape{rows, 2 * columns}, DType::bf16, x.values().device());
  if (halves.device().plans()) return halves;
  Libraries& libraries = libraries_of(halves.device());
  std::byte* left = halves.mutable_raw();
  multiply(libraries, left, 2 * columns, x, gate, false);
  multiply(libraries, left + static_cast<size_t>(columns) * size_of(DType::bf16), 2 * columns, x,
           up, false);
  return halves;
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
  const Tensor halves = halves_of(x, gate_weights, up);
  if (out.device().plans()) return;
  gate(libraries_of(out.device()).stream(), out.mutable_raw(), out.dtype(), halves.raw(),
       right_half(halves), halves.dim(0), up.out_features(), halves.dim(1), activation);
}

std::string gated_linear_to_f8_declines(const AlsoOut&, const LinearInput& x, const LinearWeights&,
                                        const LinearWeights&, const Activation&) {
  return declines(x);
}

void gated_linear_to_f8(Tensor& codes, const AlsoOut& scales, const LinearInput& x,
                        const LinearWeights& gate_weights, const LinearWeights& up,
                        const Activation& activation) {
  if (codes.numel() == 0) return;
  const Tensor halves = halves_of(x, gate_weights, up);
  if (codes.device().plans()) return;
  gate_to_f8(libraries_of(codes.device()).stream(), codes.mutable_raw(),
             reinterpret_cast<float*>(scales.tensor.mutable_raw()), halves.dtype(), halves.raw(),
             right_half(halves), halves.dim(0), up.out_features(), halves.dim(1), activation);
}

}  // namespace newbie::ops::cuda
