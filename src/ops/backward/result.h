#pragma once
/// What gradients are written to.

#include "tensor/tensor.h"

namespace newbie::ops {

inline Tensor empty_like(const Tensor& x) {
  return Tensor::empty(x.shape(), x.dtype(), x.device());
}

/// For sums over many elements of x: f32, or f64 when x is.
inline Tensor empty_sum(Shape shape, const Tensor& x) {
  return Tensor::empty(shape, x.dtype() == DType::f64 ? DType::f64 : DType::f32, x.device());
}

}  // namespace newbie::ops
