#include "ops/matmul.h"

#include "ops/candidate_lists.h"
#include "ops/checks.h"

namespace newbie::ops {
namespace {

void require_compute(std::string_view op, DType compute) {
  if (compute != DType::f32 && compute != DType::bf16) {
    refuse_dtype(op, "compute", name_of(compute), "f32 or bf16");
  }
}

void require_input(std::string_view op, const Tensor& x, const LinearWeights& weights) {
  require_defined(op, "x", x);
  if (weights.out_features() == 0) refuse_shape(op, "weights", "not prepared", "prepare_linear");
  if (x.rank() == 0 || x.dim(-1) != weights.in_features()) {
    refuse_shape(op, "x", x.str(), fmt::format("[..., {}]", weights.in_features()));
  }
  if (x.dtype() != weights.compute()) {
    refuse_dtype(op, "x", x.str(), name_of(weights.compute()));
  }
}

Tensor empty_output(const Tensor& x, const LinearWeights& weights) {
  return Tensor::empty(x.shape().with(-1, weights.out_features()), x.dtype(), x.device());
}

}  // namespace

LinearWeights prepare_linear(const Tensor& weight, const std::optional<Tensor>& bias, DType compute,
                             Residency residency) {
  constexpr std::string_view kOp = "prepare_linear";
  require_compute(kOp, compute);
  require_rank(kOp, "weight", weight, 2, "[out,in]");
  require_floating(kOp, "weight", weight);
  const int64_t out = weight.dim(0), in = weight.dim(1);
  if (out == 0 || in == 0) refuse_shape(kOp, "weight", weight.str(), "at least one row and column");
  const MemoryScope scope(weight.device(), MemoryUse::weights);
  Tensor bias_f32;
  if (bias) {
    require_shape(kOp, "bias", *bias, Shape{out});
    require_floating(kOp, "bias", *bias);
    bias_f32 = Tensor::from(bias->to_floats(), Shape{out}, weight.device());
  }
  auto prepared = prepare_linear_there(weight, bias_f32, compute, residency);
  const bool keep = prepared == nullptr || residency == Residency::mapped;
  return LinearWeights(in, out, compute, keep ? weight : Tensor(), bias_f32, std::move(prepared));
}

Tensor linear(const Tensor& x, const LinearWeights& weights, Activation activation) {
  require_input("linear", x, weights);
  Tensor out = empty_output(x, weights);
  run_candidates("linear", linear_candidates(), out, x, weights, activation);
  return out;
}

Tensor gated_linear(const Tensor& x, const LinearWeights& gate, const LinearWeights& up,
                    Activation activation) {
  constexpr std::string_view kOp = "gated_linear";
  require_input(kOp, x, gate);
  require_input(kOp, x, up);
  if (gate.out_features() != up.out_features()) {
    refuse_shape(kOp, "up", fmt::format("{} wide", up.out_features()),
                 fmt::format("{} like gate", gate.out_features()));
  }
  if (gate.bias().defined() || up.bias().defined()) {
    refuse_shape(kOp, "bias", "given", "weights without bias");
  }
  Tensor out = empty_output(x, gate);
  run_candidates(kOp, gated_linear_candidates(), out, x, gate, up, activation);
  return out;
}

}  // namespace newbie::ops
