#include "ops/matmul.h"

#include "ops/backward/elementwise.h"
#include "ops/backward/matmul.h"
#include "ops/candidate_lists.h"
#include "ops/checks.h"
#include "ops/f8_weights.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

void require_compute(std::string_view op, DType compute) {
  if (compute != DType::f32 && compute != DType::bf16 && compute != DType::f16) {
    refuse_dtype(op, "compute", name_of(compute), "f32, bf16 or f16");
  }
}

/// Products of f16 also take rows of bf16, on devices that say so.
bool takes(const LinearWeights& weights, const LinearInput& x) {
  return x.compute() == weights.compute() ||
         (x.compute() == DType::bf16 && weights.compute() == DType::f16);
}

void require_input(std::string_view op, const LinearInput& x, const LinearWeights& weights) {
  const Tensor& values = x.values();
  require_defined(op, "x", values);
  if (weights.out_features() == 0) refuse_shape(op, "weights", "not prepared", "prepare_linear");
  if (values.rank() == 0 || values.dim(-1) != weights.in_features()) {
    refuse_shape(op, "x", values.str(), fmt::format("[..., {}]", weights.in_features()));
  }
  if (!takes(weights, x)) refuse_dtype(op, "x", values.str(), name_of(weights.compute()));
  if (x.format() == RowFormat::f8 && weights.takes() != RowFormat::f8) {
    refuse_dtype(op, "x", values.str(), "plain rows, as the weights are");
  }
}

void require_pair(std::string_view op, const LinearInput& x, const LinearWeights& gate,
                  const LinearWeights& up) {
  require_input(op, x, gate);
  require_input(op, x, up);
  if (gate.out_features() != up.out_features()) {
    refuse_shape(op, "up", fmt::format("{} wide", up.out_features()),
                 fmt::format("{} like gate", gate.out_features()));
  }
  if (gate.bias().defined() || up.bias().defined()) {
    refuse_shape(op, "bias", "given", "weights without bias");
  }
  if (gate.storage() != up.storage()) refuse_dtype(op, "up", "stored otherwise", "as gate is");
}

Tensor empty_output(const LinearInput& x, const LinearWeights& weights) {
  const Tensor& values = x.values();
  return Tensor::empty(values.shape().with(-1, weights.out_features()), x.compute(),
                       values.device());
}

LinearInput as_codes(const LinearInput& x) {
  return x.format() == RowFormat::f8 ? x : quantize_rows(x.values());
}

/// cuBLASLt multiplies codes in whole units of 16 bytes.
bool f8_fits(int64_t in, int64_t out) { return in % 16 == 0 && out % 16 == 0; }

LinearWeights prepare_f8(const Tensor& weight, const Tensor& bias, DType compute) {
  const LinearInput rows = quantize_rows(cast(weight, compute));
  auto prepared = std::make_shared<F8Weights>();
  prepared->codes = rows.values();
  prepared->scales = rows.scales();
  return LinearWeights(weight.dim(1), weight.dim(0), compute, {}, bias, std::move(prepared),
                       LinearStorage::f8);
}

}  // namespace

LinearInput quantize_rows(const Tensor& x) {
  constexpr std::string_view kOp = "quantize_rows";
  require_number(kOp, "x", x);
  if (x.rank() == 0) refuse_shape(kOp, "x", x.str(), "[...,I]");
  Tensor codes = Tensor::empty(x.shape(), DType::f8_e4m3, x.device());
  Tensor scales = Tensor::empty({x.shape().rows()}, DType::f32, x.device());
  run_candidates(kOp, quantize_rows_candidates(), codes, AlsoOut{scales}, x);
  return {codes, scales, x.dtype()};
}

LinearWeights prepare_linear(const Tensor& weight, const std::optional<Tensor>& bias, DType compute,
                             Residency residency, LinearStorage storage) {
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
  if (storage == LinearStorage::f8 && f8_fits(in, out)) {
    return prepare_f8(weight, bias_f32, compute);
  }
  auto prepared = prepare_linear_there(weight, bias_f32, compute, residency);
  const bool keep = prepared == nullptr || residency == Residency::mapped;
  return LinearWeights(in, out, compute, keep ? weight : Tensor(), bias_f32, std::move(prepared));
}

Tensor linear(const LinearInput& x, const LinearWeights& weights, Activation activation) {
  require_input("linear", x, weights);
  Tensor out = empty_output(x, weights);
  if (weights.storage() == LinearStorage::f8) {
    run_candidates("linear_f8", linear_f8_candidates(), out, as_codes(x), weights, activation);
  } else {
    run_candidates("linear", linear_candidates(), out, x.values(), weights, activation);
  }
  return out;
}

Tensor gated_linear(const LinearInput& x, const LinearWeights& gate, const LinearWeights& up,
                    Activation activation) {
  constexpr std::string_view kOp = "gated_linear";
  require_pair(kOp, x, gate, up);
  Tensor out = empty_output(x, gate);
  if (gate.storage() == LinearStorage::f8) {
    run_candidates("gated_linear_f8", gated_linear_f8_candidates(), out, as_codes(x), gate, up,
                   activation);
  } else {
    run_candidates(kOp, gated_linear_candidates(), out, x.values(), gate, up, activation);
  }
  return out;
}

LinearInput gated_linear(const LinearInput& x, const LinearWeights& gate, const LinearWeights& up,
                         Activation activation, RowFormat format) {
  if (format == RowFormat::plain) return gated_linear(x, gate, up, activation);
  if (gate.storage() != LinearStorage::f8) {
    return quantize_rows(gated_linear(x, gate, up, activation));
  }
  constexpr std::string_view kOp = "gated_linear_to_f8";
  require_pair(kOp, x, gate, up);
  const Tensor& values = x.values();
  Tensor codes =
      Tensor::empty(values.shape().with(-1, gate.out_features()), DType::f8_e4m3, values.device());
  Tensor scales = Tensor::empty({values.shape().rows()}, DType::f32, values.device());
  run_candidates(kOp, gated_linear_to_f8_candidates(), codes, AlsoOut{scales}, as_codes(x), gate,
                 up, activation);
  return {codes, scales, x.compute()};
}

}  // namespace newbie::ops
