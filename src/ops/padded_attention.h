#pragma once
/// Attention over many sequences of many lengths as one over boxes of one length. Kernels for
/// devices are made for a number of sequences and a length: a batch of captions would ask for
/// hundreds of them, every time for others.

#include "ops/attention.h"

namespace newbie::ops {

/// Whether a device would be asked for more shapes than it should be: lengths are many, and it has
/// no kernels that take them as they are.
bool attends_better_padded(const Tensor& q, const Tensor& k, const Tensor& v,
                           const Packing& sequences, const AttentionOptions& options);

/// attention() of the same arguments without a bias. Keys behind a sequence are hidden by a column
/// of their own, which gives them a score that weighs nothing; causal queries do not see them
/// anyway. Gradient: q, k, v.
Tensor padded_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Packing& sequences,
                        const AttentionOptions& options);

}  // namespace newbie::ops
