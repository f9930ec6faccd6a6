#include "ops/matrices.h"

#include "ops/candidates_training.h"
#include "ops/checks.h"
#include "tensor/gradient.h"

namespace newbie::ops {

Tensor matrix_products(const Tensor& x, const Tensor& w) {
  constexpr std::string_view kOp = "matrix_products";
  require_rank(kOp, "x", x, 3, "[B,m,k]");
  require_number(kOp, "x", x);
  require_rank(kOp, "w", w, 3, "[B,n,k]");
  require_type_of(kOp, "w", w, x);
  require_shape(kOp, "w", w, {x.dim(0), w.dim(1), x.dim(2)});
  require_not_recording(kOp, x, w);
  Tensor y = Tensor::empty({x.dim(0), x.dim(1), w.dim(1)}, x.dtype(), x.device());
  run_candidates(kOp, matrix_products_candidates(), y, x, w);
  return y;
}

}  // namespace newbie::ops
