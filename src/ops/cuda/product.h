#pragma once
/// Matrix products through cuBLASLt, with a plain kernel behind it for what cuBLASLt declines.

#include "ops/cuda/libraries.h"

namespace newbie::ops::cuda {

/// Y[rows,columns] = alpha X[rows,depth] W^T (+ bias) (then GELU) (+ what is added), W
/// [columns,depth] or, `w_turned`, [depth,columns]; X likewise [depth,rows] when `x_turned`;
/// `batch` of them at fixed steps. Strides are elements between rows, steps elements between
/// members of the batch.
struct ProductShape {
  int64_t rows = 0, columns = 0, depth = 0, batch = 1;
  int64_t x_stride = 0, w_stride = 0, y_stride = 0;
  int64_t x_step = 0, w_step = 0, y_step = 0;
  DType in = DType::f32;   ///< of X and W
  DType out = DType::f32;  ///< of Y: `in` or f32; with f8_e4m3, bf16
  bool w_turned = false;
  bool x_turned = false;
  bool bias = false;  ///< [columns] of type `out`
  bool gelu = false;  ///< the tanh form
  bool adds = false;  ///< a matrix like Y, in memory of its own; without bias and GELU
  /// What all addresses are multiples of; set by product().
  int alignment = 0;

  auto operator<=>(const ProductShape&) const = default;

  /// Dense matrices.
  static ProductShape dense(int64_t rows, int64_t columns, int64_t depth, DType in, DType out) {
    ProductShape shape{.rows = rows, .columns = columns, .depth = depth, .in = in, .out = out};
    shape.x_stride = shape.w_stride = depth;
    shape.y_stride = columns;
    return shape;
  }
};

struct ProductOperands {
  const void* x;
  const void* w;
  const void* bias = nullptr;
  void* y = nullptr;
  float alpha = 1.0f;
  const void* added = nullptr;
  const float* x_scales = nullptr;  ///< f8_e4m3: one per row of X
  const float* w_scales = nullptr;  ///< f8_e4m3: one per row of W
};

/// Types: f32 (never TF32), bf16, f16, f8_e4m3 with scales (depth and columns multiples of 16);
/// accumulates in f32, adds bias and applies GELU in f32, rounds once. The same bytes for the same
/// shape: no candidate splits the depth, and among those that do not only the ones that give the
/// first one's bytes are timed.
void product(Libraries& libraries, ProductShape shape, const ProductOperands& operands);

}  // namespace newbie::ops::cuda
