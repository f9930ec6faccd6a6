#pragma once
/// Gradients of attention over device pointers: cuDNN's fused kernels, and what stands between
/// products.

#include "ops/cuda/sdpa.h"

namespace newbie::ops::cuda {

/// Scores (times scale) [matrices,rows,stride] of queries `first` ... and slopes by the weights,
/// both f32, become weights and slopes by the unscaled scores in the shape's type, in place: each
/// row begins where its f32 row began.
void weigh_and_slope(cudaStream_t stream, float* scores, float* slopes, const SdpaShape& shape,
                     const ScoreBias& bias, float scale, int64_t matrices, int64_t first,
                     int64_t rows, int64_t stride);

/// `out` and `stats` are what the fused kernel gave on the way there.
struct SdpaBackwardOperands {
  const void *q, *k, *v, *out, *d_out;
  const float* stats;
  float* means;  ///< [batch,heads,length], scratch
  void *dq, *dk, *dv;
  float scale = 1.0f;
  RaggedRows ragged = {};
};

/// Why cuDNN's kernels are not asked for such a shape; "" when they are.
std::string fused_sdpa_backward_refuses(const SdpaShape& shape);
/// Why cuDNN has no kernels for the shape; "" when it has. Makes the plan.
std::string fused_sdpa_backward_declines(Libraries& libraries, const SdpaShape& shape);
size_t fused_sdpa_backward_scratch(Libraries& libraries, const SdpaShape& shape);
/// About as much, known without a plan.
size_t fused_sdpa_backward_bytes(const SdpaShape& shape);
/// Whether the fused kernel can keep the stats of a way there that the way back will ask for.
bool fused_sdpa_keeps_stats(const Device& device, const SdpaShape& shape);
/// Types: bf16, f16. The same bytes in every run.
void fused_sdpa_backward(Libraries& libraries, const SdpaShape& shape,
                         const SdpaBackwardOperands& operands, Scratch scratch);

void copy_rows(cudaStream_t stream, void* to, const void* from, size_t bytes);

}  // namespace newbie::ops::cuda
