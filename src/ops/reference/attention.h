#pragma once
/// What attention means: every score, a softmax, a weighted sum, in double.

#include "ops/attention.h"

namespace newbie::ops::reference {

void attention(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
               const Packing& sequences, const AttentionOptions& options);

/// The softmax weights of query i of sequence b and this head, one per key; zeros when it sees
/// none.
std::vector<double> attention_weights(const Tensor& q, const Tensor& k, const Packing& sequences,
                                      const AttentionOptions& options, int64_t b, int64_t i,
                                      int64_t head);

}  // namespace newbie::ops::reference
