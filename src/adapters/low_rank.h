#pragma once
/// The best low-rank pair for a matrix.

#include <cstdint>

#include "tensor/tensor.h"

namespace newbie::adapters {

/// up down is close to the matrix; both carry half of every singular value.
struct LowRankPair {
  Tensor up;         ///< [m,R] f32
  Tensor down;       ///< [R,n] f32
  double norm = 0;   ///< |matrix|
  double error = 0;  ///< |matrix - up down|, both Frobenius
};

/// At most `rank` directions; fewer when the matrix has fewer. f32 in host memory, [m,n].
/// Randomised range finder with power steps: the error is within a few percent of the smallest
/// possible one for slowly falling singular values, and that of f32 where the matrix has the rank.
/// The same seed gives the same factors. Source: Halko, Martinsson, Tropp, "Finding structure with
/// randomness", 2011, algorithm 4.4. Cost: 6 products of the matrix with rank + 8 vectors.
LowRankPair best_low_rank(const Tensor& matrix, int64_t rank, uint64_t seed = 0);

}  // namespace newbie::adapters
