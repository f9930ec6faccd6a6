#pragma once
/// The rope family on NVIDIA devices: one pass, a group of lanes per head.

#include <string>

#include "ops/rope.h"

namespace newbie::ops::cuda {

inline constexpr int64_t kWidestHead = 2048;

/// Takes heads up to kWidestHead.
std::string rope_declines(const Tensor& x, const RopeTable& table, const RopeLayout& layout);
void rope(Tensor& y, const Tensor& x, const RopeTable& table, const RopeLayout& layout);
std::string rms_norm_rope_declines(const Tensor& x, const Tensor& weight, const float& eps,
                                   const RmsWeight& kind, const RopeTable& table,
                                   const RopeLayout& layout);
void rms_norm_rope(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
                   const RmsWeight& kind, const RopeTable& table, const RopeLayout& layout);
std::string split_heads_norm_rope_declines(const Tensor& qkv, const int64_t& heads,
                                           const int64_t& kv_heads, const Tensor& q_weight,
                                           const Tensor& k_weight, const float& eps,
                                           const RopeTable& table, const RopeLayout& layout);
/// `out` holds q, then k, then v.
void split_heads_norm_rope(Tensor& out, const Tensor& qkv, const int64_t& heads,
                           const int64_t& kv_heads, const Tensor& q_weight, const Tensor& k_weight,
                           const float& eps, const RopeTable& table, const RopeLayout& layout);

}  // namespace newbie::ops::cuda
