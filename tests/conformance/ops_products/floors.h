#pragma once
/// How far a fast product may be from the truth in double, as relative L2.

#include "support/compare.h"
#include "support/tensors.h"

namespace newbie::test {

/// f32: twice what a plain f32 loop loses on the longest sums of these tests. bf16 and f16: twice
/// the rounding of the result itself (1.7e-3 and 2.1e-4), as attention also rounds its weights.
inline double floor_of(DType dtype) {
  switch (dtype) {
    case DType::bf16:
      return 3.3e-3;
    case DType::f16:
      return 4.2e-4;
    default:
      return 2e-6;
  }
}

/// The gated form on an accelerator also rounds both halves before it multiplies them: three
/// roundings, of which the activation's slope stretches one.
inline double gated_floor_of(DType dtype) { return 2 * floor_of(dtype); }

/// The reference's result before rounding: what `reference(out)` writes to an f32 tensor.
template <class Reference>
Tensor truth(Shape shape, const Device& device, const Reference& reference) {
  Tensor out = Tensor::empty(shape, DType::f32, device);
  reference(out);
  return out;
}

}  // namespace newbie::test
