#pragma once
/// Attention on CUDA devices: sequences of one length that follow one another run together.

#include "ops/attention.h"
#include "ops/kept_attention.h"

namespace newbie::ops::cuda {

/// cuDNN's fused kernel: bf16 and f16, heads up to 256 wide. Keeps what its way back asks for.
std::string attention_fused_declines(const Tensor& q, const Tensor& k, const Tensor& v,
                                     const Packing& sequences, const AttentionOptions& options,
                                     const KeepAttention& keep);
void attention_fused(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                     const Packing& sequences, const AttentionOptions& options,
                     const KeepAttention& keep);

/// The same where lengths are many: all at once, behind a table of where each sequence begins.
std::string attention_ragged_declines(const Tensor& q, const Tensor& k, const Tensor& v,
                                      const Packing& sequences, const AttentionOptions& options,
                                      const KeepAttention& keep);
void attention_ragged(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                      const Packing& sequences, const AttentionOptions& options,
                      const KeepAttention& keep);

/// One warp per query: short sequences.
std::string attention_plain_declines(const Tensor& q, const Tensor& k, const Tensor& v,
                                     const Packing& sequences, const AttentionOptions& options,
                                     const KeepAttention& keep);
void attention_plain(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                     const Packing& sequences, const AttentionOptions& options,
                     const KeepAttention& keep);

/// Two products and a softmax: everything else.
void attention_products(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                        const Packing& sequences, const AttentionOptions& options,
                        const KeepAttention& keep);

}  // namespace newbie::ops::cuda
