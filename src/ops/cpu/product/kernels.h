#pragma once
/// The inner loops of our own products: a small matrix product out of registers, and attention
/// built on it. Compiled once per instruction set, like vector/kernels.h, whose rules hold here
/// too: nothing allocates, checks or starts threads.
///
/// Operands are counted in units of four bytes along the summed axis: one f32, or a pair of
/// neighbouring bf16, which one instruction multiplies and adds. The right operand is packed in
/// panels: for every unit, the columns side by side.

#include "ops/cpu/vector/kernels.h"

namespace newbie::ops::cpu {

/// c[i][j] (+)= sum over units u of a[i][u] * b[u][j], for i < rows of the kernel, j < columns.
/// Each element is one chain of additions in the order of u: its bytes depend on nothing else.
struct PanelProduct {
  int64_t units;
  const void* a;  ///< rows `a_stride` units apart
  int64_t a_stride;
  const void* b;    ///< [units][columns]
  int64_t columns;  ///< lanes or 2 * lanes
  float* c;         ///< rows `c_stride` floats apart
  int64_t c_stride;
  bool accumulate;
};

/// Rows [begin, end) of a matrix whose rows are `stride` elements apart, to be packed.
struct PackRows {
  Element element;
  const void* x;  ///< row 0
  int64_t stride;
  int64_t begin, end;
  int64_t count;  ///< rows of the whole matrix
  int64_t width;
  void* packed;  ///< of the whole matrix
};

/// A run of queries of one head against all keys of its sequence.
struct AttentionTile {
  Element element;
  const void* q;  ///< first query of the tile, rows `q_stride` elements apart
  int64_t q_stride;
  int64_t first;  ///< its index in the sequence
  int64_t rows;   ///< at most ProductKernels::tile_rows
  int64_t width;
  int64_t keys;            ///< of the whole sequence
  const void* key_panels;  ///< by pack_keys
  const void* value_panels;
  float scale;
  bool causal;
  int64_t window;
  const float* bias;  ///< [bias_rows, bias_columns] of the sequence, or null
  int64_t bias_rows, bias_columns;
  void* out;  ///< like q
  int64_t out_stride;
  void* scratch;  ///< attention_scratch(width) bytes, 64-byte aligned
};

/// A tile of 6 x 6 input pixels or 4 x 4 output pixels, and its 36 transformed values per channel.
struct WinogradTile {
  int64_t channels;
  float* transformed;  ///< value i of the first channel at i * step
  int64_t step;
  const float* in[36];        ///< channels of each input pixel; of zeros outside the image
  float* out[16];             ///< channels of each output pixel; null outside the image
  const float* residual[16];  ///< added, unless null
  const float* bias;          ///< likewise
};

/// Weights [outputs][inputs][3][3] of one panel of output channels.
struct WinogradWeights {
  const float* weights;
  int64_t inputs;
  int64_t outputs;  ///< at most 2 * lanes
  float* panels;    ///< panel i [inputs][2 * lanes] at i * step
  int64_t step;
};

struct ProductKernels {
  const char* instruction_set;
  bool pairs;         ///< units are pairs of bf16
  int64_t rows;       ///< of multiply
  int64_t lanes;      ///< panels are 2 * lanes or lanes wide
  int64_t tile_rows;  ///< most queries of an attention tile

  void (*multiply)(const PanelProduct&);

  /// Rows become columns of panels: the right operand of x * rows^T. `begin` is a multiple of
  /// 2 * lanes.
  void (*pack_keys)(const PackRows&);
  /// Rows are summed over: the right operand of p * rows. `begin` is even.
  void (*pack_values)(const PackRows&);
  int64_t (*key_bytes)(int64_t rows, int64_t width);
  int64_t (*value_bytes)(int64_t rows, int64_t width);

  int64_t (*attention_scratch)(int64_t width);
  void (*attend)(const AttentionTile&);

  void (*winograd_input)(const WinogradTile&);
  void (*winograd_output)(const WinogradTile&);
  void (*winograd_weights)(const WinogradWeights&);
};

namespace generic {
extern const ProductKernels kProductKernels;
}
namespace avx2 {
extern const ProductKernels kProductKernels;
}
namespace avx512 {
extern const ProductKernels kProductKernels;
}
namespace avx512bf16 {
extern const ProductKernels kProductKernels;
}

/// The best kernels of f32 units that this processor can run; NEWBIE_MAX_ISA holds them back.
const ProductKernels& product_kernels();
/// Those whose units are pairs of bf16, or null where the processor has no such products.
const ProductKernels* bf16_product_kernels();

}  // namespace newbie::ops::cpu
