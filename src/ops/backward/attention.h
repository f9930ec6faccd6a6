#pragma once
/// Gradients of attention.

#include "ops/attention.h"
#include "ops/kept_attention.h"

namespace newbie::ops {

struct AttentionGradients {
  Tensor q;  ///< [S,H,E]
  Tensor k;  ///< [S,K,E]
  Tensor v;  ///< [S,K,E]
};

/// Scores are computed again, so memory grows with S; `kept`, of the forward with these arguments,
/// spares some kernels a part of it. Shapes: dy [S, H*E], q [S,H,E], k, v [S,K,E]. The bias is a
/// constant. Softmax in f32.
AttentionGradients attention_backward(const Tensor& dy, const Tensor& q, const Tensor& k,
                                      const Tensor& v, const Packing& sequences,
                                      const AttentionOptions& options,
                                      const KeptAttention& kept = {});

}  // namespace newbie::ops
