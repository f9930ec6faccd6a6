#pragma once
/// Per-element arithmetic. Types: f32, bf16, f16; computed in f32, rounded once to the type of x.

#include <utility>
#include <vector>

#include "ops/activation.h"
#include "tensor/tensor.h"

namespace newbie::ops {

/// y = act(x). silu(x) = x / (1 + exp(-x)); gelu_tanh = x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715
/// x^3))); gelu_erf = x/2 (1 + erf(x / sqrt 2)).
Tensor activate(const Tensor& x, Activation activation);

/// y = a + b. Shapes: equal, or b is one row [D] added to every row of a.
Tensor add(const Tensor& a, const Tensor& b);

/// y = act(gate) * up. Shapes: equal. SwiGLU with silu, GeGLU with gelu_tanh.
Tensor gated(const Tensor& gate, const Tensor& up, Activation activation);

/// y = sum of coefficient_i * x_i, added in order. Shapes: all equal.
Tensor combine(const std::vector<std::pair<float, Tensor>>& terms);

/// y = x * scale + shift.
Tensor affine(const Tensor& x, float scale, float shift);

/// y = min(max(x, low), high). NaN stays NaN.
Tensor clamp(const Tensor& x, float low, float high);

/// x in another type; also i64/i32/u8 and both f8 to floating types. Rounds to nearest even.
/// Returns x itself when the type is already right.
Tensor cast(const Tensor& x, DType dtype);

}  // namespace newbie::ops
