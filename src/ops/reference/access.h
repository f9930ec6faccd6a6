#pragma once
/// One element at a time, of any type: how the reference reads and writes.

#include "tensor/tensor.h"

namespace newbie::ops::reference {

/// Element i in row-major order, exact.
double at(const Tensor& tensor, int64_t i);
/// Rounds to nearest even, by way of f32 for types smaller than it.
void put(Tensor& tensor, int64_t i, double value);

/// `value` as an element of that type would hold it.
double rounded(DType dtype, double value);

/// A tensor like `like` for what lies between two plain ops.
inline Tensor between(const Tensor& like) {
  return Tensor::empty(like.shape(), like.dtype(), like.device());
}

}  // namespace newbie::ops::reference
