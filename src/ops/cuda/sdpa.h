#pragma once
/// Attention over sequences of one length on device pointers, three ways: cuDNN's fused kernel,
/// two matrix products with a softmax between, and a plain kernel.

#include <string>

#include "ops/cuda/libraries.h"

namespace newbie::ops::cuda {

/// `batch` sequences of `length` rows that follow one another in q [rows,heads,width], k and v
/// [rows,kv_heads,width].
struct SdpaShape {
  int64_t batch = 1, length = 0, heads = 0, kv_heads = 0, width = 0;
  DType type = DType::f32;
  bool causal = false;
  int64_t window = 0;  ///< 0 = no limit
  bool bias = false;   ///< for the fused kernel, which is another one with a bias
  bool stats = false;  ///< likewise, with what the way back needs
  /// Likewise, for sequences of `length` rows at most that follow one another.
  bool ragged = false;

  auto operator<=>(const SdpaShape&) const = default;
};

inline SdpaShape with_stats(SdpaShape shape) {
  shape.stats = true;
  return shape;
}

/// Added to the scores of the first `rows` queries and `columns` keys of every sequence.
struct ScoreBias {
  const float* data = nullptr;
  int64_t rows = 0, columns = 0;
};

/// Sequences of different lengths, for the fused kernel; int32, on the device.
struct RaggedRows {
  const void* lengths = nullptr;    ///< [batch]
  const void* q_begins = nullptr;   ///< [batch+1], in elements of q
  const void* kv_begins = nullptr;  ///< [batch+1], in elements of k
};

struct SdpaOperands {
  const void* q;
  const void* k;
  const void* v;
  void* out;  ///< [rows, heads * width]
  float scale = 1.0f;
  ScoreBias bias = {};
  RaggedRows ragged = {};
  float* stats = nullptr;  ///< of the fused kernel: log of each row's sum [batch,heads,length]
};

/// Why cuDNN's kernel is not asked for such a shape; "" when it is.
std::string fused_sdpa_refuses(const SdpaShape& shape);
/// Why cuDNN has no kernel for the shape; "" when it has. Makes the plan.
std::string fused_sdpa_declines(Libraries& libraries, const SdpaShape& shape);
size_t fused_sdpa_scratch(Libraries& libraries, const SdpaShape& shape);
/// The part of it that is known without a plan, and most of it.
size_t fused_sdpa_bias_bytes(const SdpaShape& shape);
/// Types: bf16, f16. A bias must leave every query a key.
void fused_sdpa(Libraries& libraries, const SdpaShape& shape, const SdpaOperands& operands,
                Scratch scratch);

/// Bytes that sdpa_by_products wants; it makes do with what one row of queries needs.
size_t sdpa_by_products_scratch(const SdpaShape& shape);
void sdpa_by_products(Libraries& libraries, const SdpaShape& shape, const SdpaOperands& operands,
                      Scratch scratch);

/// Widest head of the plain kernel.
inline constexpr int64_t kPlainWidth = 512;
/// A warp per query and head: for short sequences, and the oracle of the others.
void plain_sdpa(Libraries& libraries, const SdpaShape& shape, const SdpaOperands& operands);

/// The bias as a whole matrix [length,stride], zero where it covers nothing.
void spread_bias(cudaStream_t stream, float* to, const ScoreBias& bias, int64_t length,
                 int64_t stride);

/// The softmax of sdpa_by_products: f32 scores [groups,rows,stride] of queries `first` ... become
/// weights of `type`, in place: each row's weights begin where its scores began.
void softmax_rows(cudaStream_t stream, float* scores, DType type, const SdpaShape& shape,
                  const ScoreBias& bias, int64_t groups, int64_t first, int64_t rows,
                  int64_t stride);

}  // namespace newbie::ops::cuda
