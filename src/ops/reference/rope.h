#pragma once
/// What the ops of ops/rope.h mean.

#include "ops/rope.h"

namespace newbie::ops::reference {

void rope(Tensor& y, const Tensor& x, const RopeTable& table, const RopeLayout& layout);
void rms_norm_rope(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
                   const RmsWeight& kind, const RopeTable& table, const RopeLayout& layout);
/// `out` holds q, then k, then v.
void split_heads_norm_rope(Tensor& out, const Tensor& qkv, const int64_t& heads,
                           const int64_t& kv_heads, const Tensor& q_weight, const Tensor& k_weight,
                           const float& eps, const RopeTable& table, const RopeLayout& layout);

}  // namespace newbie::ops::reference
