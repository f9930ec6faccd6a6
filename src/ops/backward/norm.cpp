#include "ops/backward/norm.h"

#include "ops/backward/candidates.h"
#include "ops/backward/result.h"
#include "ops/checks.h"

namespace newbie::ops {

std::pair<Tensor, RowSums> row_norm_backward(const Tensor& dy, const Tensor& x,
                                             const Tensor& factor, RowStatistic statistic,
                                             float eps, const Packing& sequences) {
  constexpr std::string_view kOp = "row_norm_backward";
  require_number(kOp, "dy", dy);
  require_rank(kOp, "dy", dy, 2, "[S,D]");
  require_type_of(kOp, "x", x, dy);
  require_shape(kOp, "x", x, dy.shape());
  require_rows(kOp, sequences, dy.dim(0));
  const Shape rows{sequences.count(), dy.dim(1)};
  require_shape(kOp, "factor", factor, rows);
  Tensor dx = empty_like(dy);
  const bool centred = statistic == RowStatistic::moments;
  const RowSums sums{empty_sum(rows, dy), centred ? empty_sum(rows, dy) : Tensor()};
  run_candidates(kOp, row_norm_backward_candidates(), dx, sums, dy, x, factor, statistic, eps,
                 sequences);
  return {dx, sums};
}

Tensor row_factors(const Tensor& weight, RmsWeight kind, const Tensor& modulation, Modulation how,
                   int64_t count, const Tensor& like) {
  constexpr std::string_view kOp = "row_factors";
  const Shape rows{count, like.dim(-1)};
  if (weight.defined()) require_shape(kOp, "weight", weight, {like.dim(-1)});
  if (how != Modulation::none) require_shape(kOp, "modulation", modulation, rows);
  Tensor factor = empty_sum(rows, like);
  run_candidates(kOp, row_factors_candidates(), factor, weight, kind, modulation, how);
  return factor;
}

FactorGradients row_factors_backward(const Tensor& products, const Tensor& weight, RmsWeight kind,
                                     const Tensor& modulation, Modulation how) {
  constexpr std::string_view kOp = "row_factors_backward";
  require_rank(kOp, "products", products, 2, "[B,D]");
  FactorGradients made{empty_sum({products.dim(1)}, products), {}};
  if (how != Modulation::none) {
    require_shape(kOp, "modulation", modulation, products.shape());
    made.modulation = empty_sum(products.shape(), products);
  }
  run_candidates(kOp, row_factors_backward_candidates(), made.weight, made.modulation, products,
                 weight, kind, modulation, how);
  return made;
}

GroupNormGradients group_norm_backward(const Tensor& dy, const Tensor& x, int64_t groups,
                                       const Tensor& weight, const Tensor& bias, float eps,
                                       Activation activation) {
  constexpr std::string_view kOp = "group_norm_backward";
  require_number(kOp, "dy", dy);
  require_rank(kOp, "dy", dy, 4, "[B,h,w,C]");
  require_type_of(kOp, "x", x, dy);
  require_shape(kOp, "x", x, dy.shape());
  const Shape channels{dy.dim(3)};
  require_shape(kOp, "weight", weight, channels);
  require_shape(kOp, "bias", bias, channels);
  GroupNormGradients made{empty_like(dy), empty_sum(channels, dy), empty_sum(channels, dy)};
  run_candidates(kOp, group_norm_backward_candidates(), made.x, made.weight, made.bias, dy, x,
                 groups, weight, bias, eps, activation);
  return made;
}

}  // namespace newbie::ops
