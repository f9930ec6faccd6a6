#pragma once
/// What stands between the products of attention's gradient.

#include "ops/cuda/sdpa.h"

namespace newbie::ops::cuda {

/// Scores (times scale) [matrices,rows,stride] of queries `first` ... and slopes by the weights,
/// both f32, become weights and slopes by the unscaled scores in the shape's type, in place: each
/// row begins where its f32 row began.
void weigh_and_slope(cudaStream_t stream, float* scores, float* slopes, const SdpaShape& shape,
                     const ScoreBias& bias, float scale, int64_t matrices, int64_t first,
                     int64_t rows, int64_t stride);

void copy_rows(cudaStream_t stream, void* to, const void* from, size_t bytes);

}  // namespace newbie::ops::cuda
