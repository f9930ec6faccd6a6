#include "ops/backward/matmul.h"

#include "ops/backward/candidates.h"
#include "ops/backward/result.h"
#include "ops/checks.h"

namespace newbie::ops {

namespace {

void require_slope(std::string_view op, const Tensor& dy, const LinearWeights& weights) {
  require_number(op, "dy", dy);
  if (dy.rank() == 0 || dy.dim(-1) != weights.out_features()) {
    refuse_shape(op, "dy", dy.str(), fmt::format("[..., {}]", weights.out_features()));
  }
}

}  // namespace

LinearWeights constant(const LinearWeights& weights) {
  return LinearWeights(weights.in_features(), weights.out_features(), weights.compute(),
                       weights.weight().detached(), weights.bias().detached(), weights.shared(),
                       weights.storage());
}

Tensor linear_input_gradient(const Tensor& dy, const LinearWeights& weights) {
  constexpr std::string_view kOp = "linear_input_gradient";
  require_slope(kOp, dy, weights);
  Tensor dx = Tensor::empty(dy.shape().with(-1, weights.in_features()), dy.dtype(), dy.device());
  run_candidates(kOp, linear_input_gradient_candidates(), dx, dy, weights);
  return dx;
}

Tensor linear_input_gradient_onto(const Tensor& sum, const Tensor& dy,
                                  const LinearWeights& weights) {
  constexpr std::string_view kOp = "linear_input_gradient_onto";
  require_slope(kOp, dy, weights);
  require_type_of(kOp, "sum", sum, dy);
  require_shape(kOp, "sum", sum, dy.shape().with(-1, weights.in_features()));
  Tensor dx = empty_like(sum);
  run_candidates(kOp, linear_input_gradient_onto_candidates(), dx, sum, dy, weights);
  return dx;
}

Tensor linear_weight_gradient(const Tensor& dy, const Tensor& x) {
  constexpr std::string_view kOp = "linear_weight_gradient";
  require_number(kOp, "dy", dy);
  require_type_of(kOp, "x", x, dy);
  if (dy.rank() == 0 || x.rank() == 0 || dy.shape().rows() != x.shape().rows()) {
    refuse_shape(kOp, "x", x.str(), fmt::format("as many rows as dy {}", dy.str()));
  }
  Tensor dw = empty_sum({dy.dim(-1), x.dim(-1)}, dy);
  run_candidates(kOp, linear_weight_gradient_candidates(), dw, dy, x);
  return dw;
}

}  // namespace newbie::ops
