#pragma once
/// From a loss back to the leaves.

#include "tensor/gradient.h"

namespace newbie::grad {

/// Adds scale * d loss / d leaf to the gradient of every leaf that the loss was made from, and
/// frees what was remembered on the way: a loss is gone through once. Loss: one number. The same
/// bytes for any thread count. Errors: `grad.not_recorded` when no leaf stands behind the loss;
/// `grad.freed` when part of the way was gone already.
void backward(const Tensor& loss, float scale = 1.0f);

/// The same from any result, whose gradient is given: dy like result.
void backward(const Tensor& result, const Tensor& dy);

}  // namespace newbie::grad
