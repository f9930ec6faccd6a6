#pragma once
/// What an adapter does to weights, as whole matrices in f32: for merging, checking and those
/// changes that cannot stay apart from the weight.

#include <vector>

#include "adapters/adapter.h"

namespace newbie::adapters {

/// scale * change of the module, f32 in host memory, of the shape of the weight; without the
/// magnitude of a DoRA. Cost: as many operations as a product of its factors.
Tensor delta(const Module& module);

/// The weight that the module makes of `original` minus `original`: the delta, or what a DoRA's
/// magnitude makes of it. Shapes: original [out,in] f32 in host memory.
Tensor change(const Module& module, const Tensor& original);

/// A module in use.
struct Change {
  const Module* module = nullptr;
  double strength = 1;
};

/// original + sum of strength * change, added in f32 and rounded once to `dtype`. Every change is
/// measured from the original. `original` may have any floating type; host memory.
Tensor merged(const Tensor& original, const std::vector<Change>& changes, DType dtype);

/// The same for a bias: original + sum of strength * bias.
Tensor merged_bias(const Tensor& original, const std::vector<Change>& changes, DType dtype);

/// Length of the delta (Frobenius), without making it where that can be avoided.
double norm(const Module& module);

/// Rows and columns exchanged. Shapes: [m,n] -> [n,m].
Tensor transposed(const Tensor& matrix);

}  // namespace newbie::adapters
