#pragma once
/// The reduce family on NVIDIA devices: fixed pieces, joined in order, in double.

#include "ops/reduce.h"

namespace newbie::ops::cuda {

void mean_rows(Tensor& y, const Tensor& x, const Packing& sequences);
/// y f64 [B].
void norms(Tensor& y, const Tensor& x);
/// y i64 [1]: the index, or -1 when all are finite.
void first_non_finite(Tensor& y, const Tensor& x);
void match_norms(Tensor& out, const Tensor& y, const Tensor& reference, const NormMatch& kind,
                 const float& amount);

}  // namespace newbie::ops::cuda
