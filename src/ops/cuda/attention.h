#pragma once
/// Attention on CUDA devices: sequences of one length that follow one another run together.

#include "ops/attention.h"

namespace newbie::ops::cuda {

/// cuDNN's fused kernel: bf16 and f16, heads up to 256 wide.
std::string attention_fused_declines(const Tensor& q, const Tensor& k, const Tensor& v,
                                     const Packing& sequences, const AttentionOptions& options);
void attention_fused(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                     const Packing& sequences, const AttentionOptions& options);

/// The same where lengths are many: all at once, behind a table of where each sequence begins.
std::string attention_ragged_declines(const Tensor& q, const Tensor& k, const Tensor& v,
                                      const Packing& sequences, const AttentionOptions& options);
void attention_ragged(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                      const Packing& sequences, const AttentionOptions& options);

/// One warp per query: short sequences.
std::string attention_plain_declines(const Tensor& q, const Tensor& k, const Tensor& v,
                                     const Packing& sequences, const AttentionOptions& options);
void attention_plain(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                     const Packing& sequences, const AttentionOptions& options);

/// Two products and a softmax: everything else.
void attention_products(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                        const Packing& sequences, const AttentionOptions& options);

}  // namespace newbie::ops::cuda
