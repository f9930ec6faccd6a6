#include "ops/elementwise.h"

#include <fmt/format.h>

#include "ops/candidate_lists.h"
#include "ops/checks.h"

namespace newbie::ops {
namespace {

Tensor like(const Tensor& x) { return Tensor::empty(x.shape(), x.dtype(), x.device()); }

}  // namespace

Tensor activate(const Tensor& x, Activation activation) {
  require_number("activate", "x", x);
  Tensor y = like(x);
  run_candidates("activate", activate_candidates(), y, x, activation);
  return y;
}

Tensor add(const Tensor& a, const Tensor& b) {
  require_number("add", "a", a);
  require_type_of("add", "b", b, a);
  if (!(b.shape() == a.shape())) {
    if (a.rank() == 0 || b.rank() != 1 || b.dim(0) != a.dim(-1)) {
      refuse_shape(
          "add", "b", b.str(),
          fmt::format("{}, or one row of it [{}]", a.shape().str(), a.rank() == 0 ? 1 : a.dim(-1)));
    }
  }
  Tensor y = like(a);
  run_candidates("add", add_candidates(), y, a, b);
  return y;
}

Tensor gated(const Tensor& gate, const Tensor& up, Activation activation) {
  require_number("gated", "gate", gate);
  require_type_of("gated", "up", up, gate);
  require_shape("gated", "up", up, gate.shape());
  Tensor y = like(gate);
  run_candidates("gated", gated_candidates(), y, gate, up, activation);
  return y;
}

Tensor combine(const std::vector<std::pair<float, Tensor>>& terms) {
  if (terms.empty()) refuse_shape("combine", "the sum", "empty", "at least one term");
  const Tensor& first = terms.front().second;
  for (const auto& [coefficient, x] : terms) {
    require_number("combine", "a term", x);
    require_type_of("combine", "a term", x, first);
    require_shape("combine", "a term", x, first.shape());
  }
  Tensor y = like(first);
  run_candidates("combine", combine_candidates(), y, terms);
  return y;
}

Tensor affine(const Tensor& x, float scale, float shift) {
  require_number("affine", "x", x);
  Tensor y = like(x);
  run_candidates("affine", affine_candidates(), y, x, scale, shift);
  return y;
}

Tensor clamp(const Tensor& x, float low, float high) {
  require_number("clamp", "x", x);
  Tensor y = like(x);
  run_candidates("clamp", clamp_candidates(), y, x, low, high);
  return y;
}

Tensor cast(const Tensor& x, DType dtype) {
  require_defined("cast", "x", x);
  if (!is_floating(dtype)) refuse_dtype("cast", "the result", name_of(dtype), "a floating type");
  if (x.dtype() == dtype) return x;
  Tensor y = Tensor::empty(x.shape(), dtype, x.device());
  run_candidates("cast", cast_candidates(), y, x, dtype);
  return y;
}

}  // namespace newbie::ops
