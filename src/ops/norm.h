#pragma once
/// Normalisations and what the networks fuse with them. Types: f32, bf16, f16; statistics in f32 or
/// better. Weights may be of any floating type. B below is sequences.count().

#include "ops/elementwise.h"
#include "ops/linear_input.h"
#include "ops/packing.h"
#include "tensor/tensor.h"

namespace newbie::ops {

/// How an RMSNorm applies its weight: x_hat * w after rounding x_hat to the type of x (Llama,
/// NextDiT), or x_hat * (1 + w) in f32 before rounding (Gemma).
enum class RmsWeight : uint8_t { plain, one_plus };

/// y = x * rsqrt(mean(x^2) + eps) * w over the last axis. Shapes: x [...,D], w [D].
/// Source: model specification 0 and 9.3.
Tensor rms_norm(const Tensor& x, const Tensor& weight, float eps,
                RmsWeight kind = RmsWeight::plain);

/// y = rms_norm(x, w) * (1 + scale[b]). Shapes: x [S,D], w [D], scale [B,D].
Tensor rms_norm_modulate(const Tensor& x, const Tensor& weight, float eps, const Tensor& scale,
                         const Packing& sequences);

/// rms_norm_modulate in the form that the product which follows takes: f8 is quantize_rows of it.
LinearInput rms_norm_modulate(const Tensor& x, const Tensor& weight, float eps, const Tensor& scale,
                              const Packing& sequences, RowFormat format);

/// y = x + tanh(gate[b]) * rms_norm(branch, w). Shapes: x, branch [S,D], w [D], gate [B,D].
Tensor add_gated_rms_norm(const Tensor& x, const Tensor& branch, const Tensor& weight, float eps,
                          const Tensor& gate, const Packing& sequences);

/// A norm whose result is multiplied per sequence: a weight [D] and a scale or a gate [B,D].
struct ModulatedNorm {
  const Tensor& weight;
  float eps;
  const Tensor& factors;
};

struct SumAndNorm {
  Tensor sum;
  LinearInput normed;
};

/// sum = add_gated_rms_norm(x, branch, of `added`), normed = rms_norm_modulate(sum, of `next`,
/// format): one pass over memory.
SumAndNorm add_gated_rms_norm_modulate(const Tensor& x, const Tensor& branch,
                                       const ModulatedNorm& added, const ModulatedNorm& next,
                                       const Packing& sequences, RowFormat format);

/// y = x + rms_norm(branch, w, kind).
Tensor add_rms_norm(const Tensor& x, const Tensor& branch, const Tensor& weight, float eps,
                    RmsWeight kind = RmsWeight::plain);

/// y = (x - mean) * rsqrt(var + eps) * w + b, biased variance. Shapes: x [...,D], w, b [D].
Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, float eps);

/// y = layer_norm(x) * (1 + scale[b]) without affine weights. Shapes: x [S,D], scale [B,D].
Tensor layer_norm_modulate(const Tensor& x, float eps, const Tensor& scale,
                           const Packing& sequences);

/// Normalises groups of channels over the whole image, then act. Shapes: x [B,h,w,C], w, b [C].
Tensor group_norm(const Tensor& x, int64_t groups, const Tensor& weight, const Tensor& bias,
                  float eps, Activation activation);

}  // namespace newbie::ops
