#pragma once
/// Scaled dot-product attention over packed sequences, with grouped heads.

#include <vector>

#include "ops/packing.h"
#include "tensor/tensor.h"

namespace newbie::ops {

struct AttentionOptions {
  float scale = 1.0f;
  bool causal = false;
  /// Keys j with i - j < window are seen by query i; 0 = no limit.
  int64_t window = 0;
  /// Added to the scores before the softmax, one f32 matrix [rows, columns] per sequence (or
  /// undefined): it covers the first `rows` queries and `columns` keys of its sequence; -inf hides
  /// a key.
  std::vector<Tensor> bias = {};
};

/// y_i = sum_j softmax_j(scale * q_i . k_j + bias_ij) v_j inside each sequence; key head j serves
/// the query heads j*H/K ... (j+1)*H/K - 1. A query that sees no key gets zeros. Shapes: q [S,H,E],
/// k, v [S,K,E] -> [S, H*E]. Types: f32, bf16, f16; softmax in f32. Cost: memory grows with S, not
/// with its square. Source: model specification 4.5, 9.3, 10.2.
Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Packing& sequences,
                 const AttentionOptions& options);

}  // namespace newbie::ops
