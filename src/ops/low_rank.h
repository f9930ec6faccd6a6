#pragma once
/// A product with weights and what an adapter of low rank adds to it.

#include "ops/matmul.h"

namespace newbie::ops {

/// y = sum + x W^T. Shapes: sum [...,O], x [...,I] -> [...,O], all of one type; weights without a
/// bias, of storage `compute`. Where a device can, the product begins with the sum and rounds once.
Tensor linear_onto(const Tensor& sum, const Tensor& x, const LinearWeights& weights);

/// scale * (x down^T) up^T, narrow between the two.
struct LowRankWeights {
  LinearWeights down;  ///< [rank,I], without a bias
  LinearWeights up;    ///< [O,rank]
  float scale = 1.0f;
};

/// y = x W^T + b + scale (x down^T) up^T: linear, and linear twice onto it. Shapes: x [...,I] ->
/// [...,O]. Goes back to x and to the factors; W stays as it is.
Tensor low_rank_linear(const Tensor& x, const LinearWeights& weights, const LowRankWeights& added);

}  // namespace newbie::ops
