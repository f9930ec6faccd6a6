#pragma once
/// Gradients of moves: what was read several times is added up.

#include "ops/shape.h"

namespace newbie::ops {

/// y[indices[i]] += dy[i] * scale, in the order of i, rows without an index are 0. Shapes: dy [n,D]
/// -> [rows,D] of `dtype`; sums in f32 (f64 for f64).
Tensor scatter_rows(const Tensor& dy, const std::vector<int64_t>& indices, int64_t rows,
                    float scale, DType dtype);

/// y[s] = dy[b] / length(b) for the rows s of sequence b. Shapes: dy [B,D] -> [S,D].
Tensor spread_rows(const Tensor& dy, const Packing& sequences);

}  // namespace newbie::ops
