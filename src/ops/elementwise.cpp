#include "ops/elementwise.h"

#include <fmt/format.h>

#include "ops/backward/elementwise.h"
#include "ops/candidate_lists.h"
#include "ops/checks.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

Tensor like(const Tensor& x) { return Tensor::empty(x.shape(), x.dtype(), x.device()); }

}  // namespace

Tensor activate(const Tensor& x, Activation activation) {
  require_number("activate", "x", x);
  Tensor y = like(x);
  run_candidates("activate", activate_candidates(), y, x, activation);
  if (recording(x)) {
    record(y, "activate", {x}, [x = x.detached(), activation](const Tensor& dy) {
      return std::vector{activate_backward(dy, x, activation)};
    });
  }
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
  if (recording(a, b)) {
    const bool row = !(b.shape() == a.shape()) && b.requires_gradient();
    record(y, "add", {a, b}, [row](const Tensor& dy) {
      return std::vector{dy, row ? sum_rows(dy) : dy};
    });
  }
  return y;
}

Tensor gated(const Tensor& gate, const Tensor& up, Activation activation) {
  require_number("gated", "gate", gate);
  require_type_of("gated", "up", up, gate);
  require_shape("gated", "up", up, gate.shape());
  Tensor y = like(gate);
  run_candidates("gated", gated_candidates(), y, gate, up, activation);
  if (recording(gate, up)) {
    record(y, "gated", {gate, up},
           [gate = gate.detached(), up = up.detached(), activation](const Tensor& dy) {
             auto [d_gate, d_up] = gated_backward(dy, gate, up, activation);
             return std::vector{std::move(d_gate), std::move(d_up)};
           });
  }
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
  std::vector<Tensor> inputs;
  std::vector<float> coefficients;
  for (const auto& [coefficient, x] : terms) {
    if (!recording(x)) continue;
    inputs.push_back(x);
    coefficients.push_back(coefficient);
  }
  if (!inputs.empty()) {
    record(y, "combine", inputs, [coefficients](const Tensor& dy) {
      std::vector<Tensor> gradients;
      for (float coefficient : coefficients) gradients.push_back(affine(dy, coefficient, 0.0f));
      return gradients;
    });
  }
  return y;
}

Tensor affine(const Tensor& x, float scale, float shift) {
  require_number("affine", "x", x);
  Tensor y = like(x);
  run_candidates("affine", affine_candidates(), y, x, scale, shift);
  if (recording(x)) {
    record(y, "affine", {x},
           [scale](const Tensor& dy) { return std::vector{affine(dy, scale, 0.0f)}; });
  }
  return y;
}

Tensor clamp(const Tensor& x, float low, float high) {
  require_number("clamp", "x", x);
  Tensor y = like(x);
  run_candidates("clamp", clamp_candidates(), y, x, low, high);
  if (recording(x)) {
    record(y, "clamp", {x}, [x = x.detached(), low, high](const Tensor& dy) {
      return std::vector{clamp_backward(dy, x, low, high)};
    });
  }
  return y;
}

Tensor cast(const Tensor& x, DType dtype) {
  require_defined("cast", "x", x);
  if (!is_floating(dtype)) refuse_dtype("cast", "the result", name_of(dtype), "a floating type");
  if (x.dtype() == dtype) return x;
  Tensor y = Tensor::empty(x.shape(), dtype, x.device());
  run_candidates("cast", cast_candidates(), y, x, dtype);
  if (recording(x)) {
    record(y, "cast", {x}, [](const Tensor& dy) { return std::vector{dy}; });
    // A learned weight in f32 gets its gradient in f32, in whatever type it is multiplied.
    const DType wide = x.gradient_node()->gradient_dtype;
    if (size_of(wide) > size_of(dtype)) y.gradient_node()->gradient_dtype = wide;
  }
  return y;
}

}  // namespace newbie::ops
