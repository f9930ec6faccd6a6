#include "ops/backward/conv.h"

#include "ops/backward/candidates.h"
#include "ops/backward/result.h"
#include "ops/checks.h"

namespace newbie::ops {

Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& weight, const ConvGeometry& geometry,
                             int64_t height, int64_t width) {
  constexpr std::string_view kOp = "conv2d_input_gradient";
  require_number(kOp, "dy", dy);
  require_rank(kOp, "dy", dy, 4, "[B,h,w,O]");
  require_rank(kOp, "weight", weight, 4, "[O,I,kh,kw]");
  if (dy.dim(3) != weight.dim(0)) {
    refuse_shape(kOp, "dy", dy.str(), fmt::format("[B,h,w,{}]", weight.dim(0)));
  }
  Tensor dx = Tensor::empty({dy.dim(0), height, width, weight.dim(1)}, dy.dtype(), dy.device());
  run_candidates(kOp, conv2d_input_gradient_candidates(), dx, dy, weight, geometry);
  return dx;
}

Tensor conv2d_weight_gradient(const Tensor& dy, const Tensor& x, const ConvGeometry& geometry,
                              int64_t kernel_height, int64_t kernel_width) {
  constexpr std::string_view kOp = "conv2d_weight_gradient";
  require_number(kOp, "dy", dy);
  require_rank(kOp, "dy", dy, 4, "[B,h,w,O]");
  require_rank(kOp, "x", x, 4, "[B,h,w,I]");
  require_type_of(kOp, "x", x, dy);
  Tensor dw = empty_sum({dy.dim(3), x.dim(3), kernel_height, kernel_width}, dy);
  run_candidates(kOp, conv2d_weight_gradient_candidates(), dw, dy, x, geometry);
  return dw;
}

}  // namespace newbie::ops
