#include "ops/low_rank.h"

#include "ops/backward/matmul.h"
#include "ops/candidate_lists.h"
#include "ops/checks.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

void require_factor(std::string_view op, std::string_view name, const LinearWeights& weights) {
  if (weights.bias().defined()) refuse_shape(op, name, "a bias", "weights without one");
  if (weights.storage() != LinearStorage::compute) {
    refuse_dtype(op, name, "codes of 8 bits", "the type that computes");
  }
}

Tensor scaled(const Tensor& x, float scale) { return scale == 1.0f ? x : affine(x, scale, 0.0f); }

}  // namespace

Tensor linear_onto(const Tensor& sum, const Tensor& x, const LinearWeights& weights) {
  constexpr std::string_view kOp = "linear_onto";
  require_number(kOp, "x", x);
  require_factor(kOp, "weights", weights);
  require_type_of(kOp, "sum", sum, x);
  if (x.rank() == 0 || x.dim(-1) != weights.in_features()) {
    refuse_shape(kOp, "x", x.str(), fmt::format("[..., {}]", weights.in_features()));
  }
  require_shape(kOp, "sum", sum, x.shape().with(-1, weights.out_features()));
  require_not_recording(kOp, sum, x, weights.weight());
  Tensor y = Tensor::empty(sum.shape(), sum.dtype(), sum.device());
  run_candidates(kOp, linear_onto_candidates(), y, sum, x, weights);
  return y;
}

Tensor low_rank_linear(const Tensor& x, const LinearWeights& weights, const LowRankWeights& added) {
  require_factor("low_rank_linear", "down", added.down);
  require_factor("low_rank_linear", "up", added.up);
  const Tensor &down = added.down.weight(), &up = added.up.weight();
  check(!recording(weights.weight(), weights.bias()),
        "low_rank_linear: the weight under an adapter is not learned");
  const bool dx = recording(x), d_down = recording(down), d_up = recording(up);
  const LowRankWeights factors{constant(added.down), constant(added.up), added.scale};

  const Tensor seen = x.detached();
  const Tensor narrow = scaled(linear(seen, factors.down), added.scale);
  const LinearWeights frozen = constant(weights);
  Tensor y = linear_onto(linear(seen, frozen), narrow, factors.up);
  if (!dx && !d_down && !d_up) return y;
  record(y, "low_rank_linear", {x, down, up},
         [=, x = d_down ? seen : Tensor(),
          narrow = d_up ? narrow : Tensor()](const Tensor& dy) -> std::vector<Tensor> {
           const Tensor d_narrow = scaled(linear_input_gradient(dy, factors.up), factors.scale);
           Tensor back;
           if (dx) {
             back = linear_input_gradient_onto(linear_input_gradient(dy, frozen), d_narrow,
                                               factors.down);
           }
           return {back, d_down ? linear_weight_gradient(d_narrow, x) : Tensor(),
                   d_up ? linear_weight_gradient(dy, narrow) : Tensor()};
         });
  return y;
}

}  // namespace newbie::ops
