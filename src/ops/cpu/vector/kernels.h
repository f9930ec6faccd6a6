#pragma once
/// Loops over contiguous memory, compiled once per instruction set and chosen once per process.
/// Nothing here allocates, checks or starts threads. Code compiled for an instruction set includes
/// only this and its own headers: an inline function shared with the rest of the program would be
/// merged by the linker into one copy that older processors cannot run.

#include <cstdint>

#include "ops/activation.h"

namespace newbie::ops::cpu {

/// What the loops read and write; they compute in f32.
enum class Element : uint8_t { f32, bf16, f16 };

/// Rows through an RMSNorm, with what is fused to it. `x_hat` = x * rsqrt(mean(x^2) + eps).
struct RmsRows {
  Element element;
  const void* x;
  void* y;
  int64_t rows;
  int64_t width;
  float eps;
  const float* weight;            ///< [width], already 1 + w where that is meant
  bool round_x_hat;               ///< before the weight
  const float* factor = nullptr;  ///< [width]: times this, after rounding
  const void* base = nullptr;     ///< like y: added after rounding
  const float* gate = nullptr;    ///< [width]: times this before the addition
};

/// Rows through a LayerNorm: times weight, plus bias; or, rounded first, times factor.
struct LayerRows {
  Element element;
  const void* x;
  void* y;
  int64_t rows;
  int64_t width;
  float eps;
  const float* weight = nullptr;
  const float* bias = nullptr;
  const float* factor = nullptr;
};

/// The heads of one row, normed when there is a weight, then rotated.
struct RopeRow {
  /// Widest head that is taken.
  static constexpr int64_t kMaxWidth = 1024;

  Element element;
  const void* x;
  void* y;
  int64_t heads;
  int64_t width;
  const float* cos;  ///< [width/2]
  const float* sin;
  bool interleaved;
  const float* weight = nullptr;  ///< [width], already 1 + w where that is meant
  bool round_x_hat = true;
  float eps = 0;
};

/// A block of rows of a matrix whose rows are `stride` elements apart.
struct Block {
  Element element;
  const void* x;
  int64_t rows;
  int64_t columns;
  int64_t stride;
};

/// y = act((x - mean) * scale + bias), per column.
struct ColumnAffine {
  const float* mean;
  const float* scale;
  const float* bias;
  Activation activation;
};

/// Back through rows of x_hat * factor, where x_hat is x times the inverse root of its mean square,
/// or of its variance once its mean is taken away.
struct RowSlopes {
  Element element;
  const void* dy;
  const void* x;
  void* dx;
  int64_t rows;
  int64_t width;
  float eps;
  bool centred;
  const float* factor;  ///< [width]
  float* products;      ///< [width]: dy * x_hat of every row is added
  float* plain;         ///< [width]: dy of every row is added
};

/// Back through act((x - mean) * scale + bias) of dense rows.
struct ColumnSlopes {
  Element element;
  const void* dy;
  const void* x;
  int64_t rows;
  int64_t columns;
  ColumnAffine affine;
};

struct Kernels {
  const char* instruction_set;

  void (*activate)(Element, Activation, const void* x, void* y, int64_t n);
  void (*gated)(Element, Activation, const void* gate, const void* up, void* y, int64_t n);
  void (*add)(Element, const void* a, const void* b, void* y, int64_t n);
  /// y = sum of coefficients[i] * x[i], in order.
  void (*combine)(Element, int64_t terms, const float* coefficients, const void* const* x, void* y,
                  int64_t n);
  void (*affine)(Element, const void* x, float scale, float shift, void* y, int64_t n);
  void (*clamp)(Element, const void* x, float low, float high, void* y, int64_t n);
  /// y = x * scale, from one type to another.
  void (*convert)(Element from, const void* x, float scale, Element to, void* y, int64_t n);
  void (*tanh)(const float* x, float* y, int64_t n);

  void (*rms_rows)(const RmsRows&);
  void (*layer_rows)(const LayerRows&);
  void (*rope_row)(const RopeRow&);

  double (*sum_of_squares)(Element, const void* x, int64_t n);
  /// -1 when all are finite.
  int64_t (*first_non_finite)(Element, const void* x, int64_t n);
  /// sums[c] += sum over rows of x, or of (x - mean[c])^2.
  void (*column_sums)(const Block&, double* sums);
  void (*column_squares)(const Block&, const float* mean, double* sums);
  void (*column_affine)(const Block&, const ColumnAffine&, void* y);

  /// dx = dy * act'(x)
  void (*activate_backward)(Element, Activation, const void* dy, const void* x, void* dx,
                            int64_t n);
  void (*gated_backward)(Element, Activation, const void* dy, const void* gate, const void* up,
                         void* d_gate, void* d_up, int64_t n);
  void (*row_slopes)(const RowSlopes&);
  /// With g = dy times the slope of the activation: plain[c] += g, products[c] += g * (x - mean).
  void (*column_slope_sums)(const ColumnSlopes&, float* plain, float* products);
  /// dx = g * of_slope + (x - mean) * of_centred + shift, per column.
  void (*column_slopes)(const ColumnSlopes&, const float* of_slope, const float* of_centred,
                        const float* shift, void* dx);
  /// In place: softmax(scores * scale + bias), the bias on the first `bias_count`; zeros when all
  /// are -inf.
  void (*softmax_row)(float* scores, int64_t n, float scale, const float* bias, int64_t bias_count);
  /// slopes = weights * (slopes - sum(weights * slopes)) * scale: back through a softmax.
  void (*score_slopes)(const float* weights, float* slopes, int64_t n, float scale);
};

namespace generic {
extern const Kernels kKernels;
}
namespace avx2 {
extern const Kernels kKernels;
}
namespace avx512 {
extern const Kernels kKernels;
}

/// The best this processor can run; NEWBIE_MAX_ISA=generic or avx2 holds it back (tests, doubts).
const Kernels& kernels();

}  // namespace newbie::ops::cpu
