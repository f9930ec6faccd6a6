#pragma once
/// Many small products at once, for optimisers. Nothing is recorded.

#include "tensor/tensor.h"

namespace newbie::ops {

/// y_b = x_b w_b^T. Shapes: x [B,m,k], w [B,n,k] -> [B,m,n]. Sums in f32.
Tensor matrix_products(const Tensor& x, const Tensor& w);

}  // namespace newbie::ops
