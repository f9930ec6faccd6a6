#include "ops/optimizer.h"

#include <numeric>

#include "ops/candidate_lists.h"
#include "ops/checks.h"
#include "ops/transfer.h"

namespace newbie::ops {
namespace {

void require_trainable(std::string_view op, std::string_view name, const Tensor& tensor) {
  require_defined(op, name, tensor);
  if (tensor.dtype() == DType::f32 || tensor.dtype() == DType::bf16) return;
  refuse_dtype(op, name, tensor.str(), "f32 or bf16");
}

/// An f32 tensor shaped like the parameter.
void require_state(std::string_view op, std::string_view name, const Tensor& state,
                   const Tensor& parameter) {
  require_defined(op, name, state);
  if (state.dtype() != DType::f32) refuse_dtype(op, name, state.str(), "f32");
  require_shape(op, name, state, parameter.shape());
}

void require_master(std::string_view op, const Tensor& master, const Tensor& parameter) {
  if (parameter.dtype() == DType::f32) {
    if (master.defined()) refuse_shape(op, "master", master.str(), "none for an f32 parameter");
    return;
  }
  require_state(op, "master", master, parameter);
}

}  // namespace

void adamw_step(Tensor& parameter, AdamWState& state, const Tensor& gradient,
                const AdamWStep& step) {
  constexpr std::string_view kOp = "adamw_step";
  require_trainable(kOp, "parameter", parameter);
  require_trainable(kOp, "gradient", gradient);
  require_shape(kOp, "gradient", gradient, parameter.shape());
  require_state(kOp, "first", state.first, parameter);
  require_state(kOp, "second", state.second, parameter);
  require_master(kOp, state.master, parameter);
  run_candidates(kOp, adamw_step_candidates(), parameter, state, gradient, step);
}

void update_step(Tensor& parameter, Tensor& master, const Tensor& direction, float decay,
                 float scale) {
  constexpr std::string_view kOp = "update_step";
  require_trainable(kOp, "parameter", parameter);
  require_trainable(kOp, "direction", direction);
  require_shape(kOp, "direction", direction, parameter.shape());
  require_master(kOp, master, parameter);
  run_candidates(kOp, update_step_candidates(), parameter, master, direction, decay, scale);
}

void average_step(Tensor& average, const Tensor& x, float weight) {
  require_trainable("average_step", "x", x);
  require_state("average_step", "average", average, x);
  run_candidates("average_step", average_step_candidates(), average, x, weight);
}

void accumulate_step(Tensor& sum, const Tensor& x, float scale) {
  require_trainable("accumulate_step", "x", x);
  require_state("accumulate_step", "sum", sum, x);
  run_candidates("accumulate_step", accumulate_step_candidates(), sum, x, scale);
}

double sum_of_squares(const std::vector<Tensor>& tensors) {
  if (tensors.empty()) return 0;
  for (const Tensor& x : tensors) require_number("sum_of_squares", "x", x);
  Tensor sums =
      Tensor::empty({static_cast<int64_t>(tensors.size())}, DType::f64, tensors.front().device());
  run_candidates("sum_of_squares", sum_of_squares_candidates(), sums, tensors);
  const Tensor host = to_host(sums);
  return std::accumulate(host.data<double>(), host.data<double>() + host.numel(), 0.0);
}

}  // namespace newbie::ops
