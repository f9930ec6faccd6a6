#include "ops/cuda/norm.h"
#include "ops/cuda/norm_rows.h"

namespace newbie::ops::cuda {

void add_gated_rms_norm(Tensor& y, const Tensor& x, const Tensor& branch, const Tensor& weight,
                        const float& eps, const Tensor& gate, const Packing& sequences) {
  row_norm<RowNorm::add_gated_rms>(y, {.x = branch,
                                       .residual = x,
                                       .weight = weight,
                                       .bias = {},
                                       .modulation = gate,
                                       .eps = eps,
                                       .sequences = &sequences});
}

void add_rms_norm(Tensor& y, const Tensor& x, const Tensor& branch, const Tensor& weight,
                  const float& eps, const RmsWeight& kind) {
  row_norm<RowNorm::add_rms>(y, {.x = branch,
                                 .residual = x,
                                 .weight = weight,
                                 .bias = {},
                                 .modulation = {},
                                 .eps = eps,
                                 .one_plus = kind == RmsWeight::one_plus});
}

}  // namespace newbie::ops::cuda
