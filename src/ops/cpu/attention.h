#pragma once
/// Attention on the CPU, tiles of queries of one head at a time.

#include "ops/attention.h"
#include "ops/kept_attention.h"

namespace newbie::ops::cpu {

/// Products of bf16 pairs, on processors that have them.
std::string attention_bf16_declines(const Tensor& q, const Tensor& k, const Tensor& v,
                                    const Packing& sequences, const AttentionOptions& options,
                                    const KeepAttention& keep);
void attention_bf16(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                    const Packing& sequences, const AttentionOptions& options,
                    const KeepAttention& keep);

/// Any type, computed in f32.
void attention_f32(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                   const Packing& sequences, const AttentionOptions& options,
                   const KeepAttention& keep);

}  // namespace newbie::ops::cpu
