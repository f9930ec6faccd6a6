#pragma once
/// Gradients of products with weights.

#include "ops/matmul.h"

namespace newbie::ops {

/// The same weights without the node of what they were made from: what a way back holds on to.
LinearWeights constant(const LinearWeights& weights);

/// dx = dy W, through weights as they were prepared, of whatever storage: frozen ones too. Shapes:
/// dy [...,O] -> [...,I]. Accumulates in f32, rounds once to the type of dy. Error:
/// `grad.unsupported` for weights whose layout cannot be multiplied with from the other side.
Tensor linear_input_gradient(const Tensor& dy, const LinearWeights& weights);

/// The same onto what x got elsewhere: dx = sum + dy W. Shapes: sum [...,I] of the type of dy.
Tensor linear_input_gradient_onto(const Tensor& sum, const Tensor& dy,
                                  const LinearWeights& weights);

/// dW = dy^T x. Shapes: dy [...,O], x [...,I] -> [O,I] f32 (f64 for f64). Both of one type;
/// accumulates in f32.
Tensor linear_weight_gradient(const Tensor& dy, const Tensor& x);

}  // namespace newbie::ops
