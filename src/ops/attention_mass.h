#pragma once
/// Where attention goes: how much of it each row gives to groups of keys.

#include "ops/attention.h"

namespace newbie::ops {

/// y_ig = mean over heads of sum_j softmax_j(scale * q_i . k_j + bias_ij) groups_jg: attention
/// whose values are membership in groups. Shapes: q [S,H,E], k [S,K,E], groups [S,G] -> [S,G] f32.
/// Types: q and k as attention takes them, groups of their type; for bf16 and f16 the shares of a
/// head are rounded to it. Cost: one attention per E groups.
Tensor attention_mass(const Tensor& q, const Tensor& k, const Tensor& groups,
                      const Packing& sequences, const AttentionOptions& options);

}  // namespace newbie::ops
