#pragma once
/// y = act(X G^T) * (X U^T) in one kernel, on Hopper.

#include <string>

#include "ops/activation.h"
#include "ops/cuda/libraries.h"

namespace newbie::ops::cuda {

/// Dense matrices: x [rows,depth], gate and up [columns,depth], y [rows,columns].
struct GatedShape {
  int64_t rows, columns, depth;
  DType type;
};

struct GatedOperands {
  const void* x;
  const void* gate;
  const void* up;
  void* y;
};

/// "" where the kernel takes the shape: bf16 and f16, sizes and addresses in whole 16 bytes.
std::string gated_product_declines(int capability, const GatedShape& shape,
                                   const GatedOperands& operands);

/// Sums, activation and product in f32, rounded once. The same bytes for a row whatever rows
/// surround it. Activations: silu, gelu_tanh.
void gated_product(Libraries& libraries, const GatedShape& shape, const GatedOperands& operands,
                   Activation activation);

}  // namespace newbie::ops::cuda
