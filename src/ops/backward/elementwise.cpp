#include "ops/backward/elementwise.h"

#include "ops/backward/candidates.h"
#include "ops/backward/result.h"
#include "ops/checks.h"

namespace newbie::ops {
namespace {

void require_alike(std::string_view op, std::string_view name, const Tensor& x, const Tensor& dy) {
  require_number(op, "dy", dy);
  require_type_of(op, name, x, dy);
  require_shape(op, name, x, dy.shape());
}

}  // namespace

Tensor activate_backward(const Tensor& dy, const Tensor& x, Activation activation) {
  require_alike("activate_backward", "x", x, dy);
  Tensor dx = empty_like(dy);
  run_candidates("activate_backward", activate_backward_candidates(), dx, dy, x, activation);
  return dx;
}

std::pair<Tensor, Tensor> gated_backward(const Tensor& dy, const Tensor& gate, const Tensor& up,
                                         Activation activation) {
  require_alike("gated_backward", "gate", gate, dy);
  require_alike("gated_backward", "up", up, dy);
  Tensor d_gate = empty_like(dy);
  const Tensor d_up = empty_like(dy);
  run_candidates("gated_backward", gated_backward_candidates(), d_gate, d_up, dy, gate, up,
                 activation);
  return {d_gate, d_up};
}

Tensor clamp_backward(const Tensor& dy, const Tensor& x, float low, float high) {
  require_alike("clamp_backward", "x", x, dy);
  Tensor dx = empty_like(dy);
  run_candidates("clamp_backward", clamp_backward_candidates(), dx, dy, x, low, high);
  return dx;
}

Tensor sum_rows(const Tensor& x) {
  require_number("sum_rows", "x", x);
  if (x.rank() == 0) refuse_shape("sum_rows", "x", x.str(), "[..., D]");
  Tensor y = empty_sum({x.dim(-1)}, x);
  run_candidates("sum_rows", sum_rows_candidates(), y, x);
  return y;
}

void add_to(Tensor& sum, const Tensor& part) {
  require_alike("add_to", "part", part, sum);
  run_candidates("add_to", add_to_candidates(), sum, part);
}

}  // namespace newbie::ops
