#pragma once
/// Products onto a sum. The processor's have nothing to begin with, so the sum is a second pass.

#include "ops/matmul.h"

namespace newbie::ops::cpu {

void linear_onto(Tensor& out, const Tensor& sum, const Tensor& x, const LinearWeights& weights);
void linear_input_gradient_onto(Tensor& dx, const Tensor& sum, const Tensor& dy,
                                const LinearWeights& weights);

}  // namespace newbie::ops::cpu
