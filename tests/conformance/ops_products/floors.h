#pragma once
/// How far a fast product may be from the truth in double, as relative L2.

#include "support/compare.h"
#include "support/tensors.h"

namespace newbie::test {

/// f32: twice what a plain f32 loop over the longest sum of these tests (a few thousand terms)
/// loses. bf16: the result is rounded once, which costs up to 1.7e-3; what is computed inside may
/// cost half as much again, since attention also rounds its weights. f16: one rounding, 2.1e-4.
inline double floor_of(DType dtype) {
  switch (dtype) {
    case DType::bf16:
      return 2.6e-3;
    case DType::f16:
      return 3.2e-4;
    default:
      return 1e-6;
  }
}

/// The reference's result before rounding: what `reference(out)` writes to an f32 tensor.
template <class Reference>
Tensor truth(Shape shape, const Device& device, const Reference& reference) {
  Tensor out = Tensor::empty(shape, DType::f32, device);
  reference(out);
  return out;
}

}  // namespace newbie::test
