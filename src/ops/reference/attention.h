#pragma once
/// What attention means: every score, a softmax, a weighted sum, in double.

#include "ops/attention.h"
#include "ops/kept_attention.h"

namespace newbie::ops::reference {

void attention(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
               const Packing& sequences, const AttentionOptions& options,
               const KeepAttention& keep = {});

/// The scores of query i of sequence b and this head, one per key; -inf for those it does not see.
std::vector<double> attention_scores(const Tensor& q, const Tensor& k, const Packing& sequences,
                                     const AttentionOptions& options, int64_t b, int64_t i,
                                     int64_t head);

/// The logarithm of the sum of their exponentials; -inf when that is nothing.
double log_sum_of(const std::vector<double>& scores);

/// Their softmax; zeros when the query sees no key.
std::vector<double> softmax_of(std::vector<double> scores, double log_sum);

}  // namespace newbie::ops::reference
