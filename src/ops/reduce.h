#pragma once
/// Sums over parts of a tensor. Fixed order of additions: the same bytes for any thread count.
/// Answers that are numbers of the host wait for the device.

#include <optional>
#include <vector>

#include "ops/packing.h"
#include "tensor/tensor.h"

namespace newbie::ops {

/// Mean of each sequence's rows. Shapes: x [S,D] -> [B,D]. Accumulates in f32 or better.
Tensor mean_rows(const Tensor& x, const Packing& sequences);

/// sqrt(sum of squares) of every item of the first axis, in double. Shapes: x [B,...] -> B numbers.
std::vector<double> norms(const Tensor& x);

/// Index of the first NaN or infinity in row-major order, if any.
std::optional<int64_t> first_non_finite(const Tensor& x);

}  // namespace newbie::ops
