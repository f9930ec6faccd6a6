#include "ops/cuda/norm.h"
#include "ops/cuda/norm_rows.h"

namespace newbie::ops::cuda {

void rms_norm(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
              const RmsWeight& kind) {
  row_norm<RowNorm::rms>(y, {.x = x,
                             .residual = {},
                             .weight = weight,
                             .bias = {},
                             .modulation = {},
                             .eps = eps,
                             .one_plus = kind == RmsWeight::one_plus});
}

void rms_norm_modulate(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
                       const Tensor& scale, const Packing& sequences) {
  row_norm<RowNorm::rms_modulate>(y, {.x = x,
                                      .residual = {},
                                      .weight = weight,
                                      .bias = {},
                                      .modulation = scale,
                                      .eps = eps,
                                      .sequences = &sequences});
}

}  // namespace newbie::ops::cuda
