#pragma once
/// Gradients of per-element arithmetic, and sums of gradients. Computed in f32, rounded once.

#include <utility>

#include "ops/elementwise.h"

namespace newbie::ops {

/// dx = dy * act'(x). Shapes: equal.
Tensor activate_backward(const Tensor& dy, const Tensor& x, Activation activation);

/// {d gate, d up} = {dy * up * act'(gate), dy * act(gate)}. Shapes: all equal.
std::pair<Tensor, Tensor> gated_backward(const Tensor& dy, const Tensor& gate, const Tensor& up,
                                         Activation activation);

/// dx = dy where low <= x <= high, else 0.
Tensor clamp_backward(const Tensor& dy, const Tensor& x, float low, float high);

/// Sums over all rows. Shapes: x [...,D] -> [D] f32 (f64 for f64). Fixed order.
Tensor sum_rows(const Tensor& x);

/// sum += part: the one op that writes to its argument, for sums that the caller owns. Types and
/// shapes: equal.
void add_to(Tensor& sum, const Tensor& part);

}  // namespace newbie::ops
