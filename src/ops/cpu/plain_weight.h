#pragma once
/// Prepared weights back as rows, for products from the other side.

#include "ops/matmul.h"

namespace newbie::ops::cpu {

/// [out,in] in `type`, in place where it lies so already.
Tensor plain_weight(const LinearWeights& weights, DType type);

}  // namespace newbie::ops::cpu
