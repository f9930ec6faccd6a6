#include "ops/cuda/norm.h"
#include "ops/cuda/norm_rows.h"

namespace newbie::ops::cuda {

void layer_norm(Tensor& y, const Tensor& x, const Tensor& weight, const Tensor& bias,
                const float& eps) {
  row_norm<RowNorm::layer>(
      y, {.x = x, .residual = {}, .weight = weight, .bias = bias, .modulation = {}, .eps = eps});
}

void layer_norm_modulate(Tensor& y, const Tensor& x, const float& eps, const Tensor& scale,
                         const Packing& sequences) {
  row_norm<RowNorm::layer_modulate>(y, {.x = x,
                                        .residual = {},
                                        .weight = {},
                                        .bias = {},
                                        .modulation = scale,
                                        .eps = eps,
                                        .sequences = &sequences});
}

}  // namespace newbie::ops::cuda
