#pragma once

#include "ops/candidate_lists.h"

namespace newbie::ops::reference {

void quantize_rows(Tensor& codes, const AlsoOut& scales, const Tensor& x);
void linear_f8(Tensor& out, const LinearInput& x, const LinearWeights& weights,
               const Activation& activation);
void gated_linear_f8(Tensor& out, const LinearInput& x, const LinearWeights& gate,
                     const LinearWeights& up, const Activation& activation);

}  // namespace newbie::ops::reference
