#pragma once
/// What the products mean: scalar loops with double accumulators.

#include "ops/matmul.h"

namespace newbie::ops::reference {

/// Needs the weight as loaded: not after packing.
void linear(Tensor& out, const Tensor& x, const LinearWeights& weights,
            const Activation& activation);
void linear_onto(Tensor& out, const Tensor& sum, const Tensor& x, const LinearWeights& weights);
void gated_linear(Tensor& out, const Tensor& x, const LinearWeights& gate, const LinearWeights& up,
                  const Activation& activation);

}  // namespace newbie::ops::reference
