#pragma once
/// What attention means: every score, a softmax, a weighted sum, in double.

#include "ops/attention.h"

namespace newbie::ops::reference {

void attention(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
               const Packing& sequences, const AttentionOptions& options);

}  // namespace newbie::ops::reference
