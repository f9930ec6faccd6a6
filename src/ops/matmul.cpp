#include "ops/matmul.h"

#include "ops/backward/elementwise.h"
#include "ops/backward/matmul.h"
#include "ops/candidate_lists.h"
#include "ops/checks.h"
#include "ops/f8_weights.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

/// Doubles are for checks: the reference takes weights as they are.
bool is_double(DType compute, const Tensor& weight) {
  return compute == DType::f64 && weight.device().kind() == DeviceKind::cpu;
}

void require_compute(std::string_view op, DType compute, const Tensor& weight) {
  if (is_double(compute, weight)) return;
  const bool half = compute == DType::f16 && weight.device().kind() != DeviceKind::cpu;
  if (compute != DType::f32 && compute != DType::bf16 && !half) {
    refuse_dtype(op, "compute", name_of(compute), "f32, bf16 or, on an accelerator, f16");
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

Tensor run_linear(const LinearInput& x, const LinearWeights& weights, Activation activation) {
  Tensor out = empty_output(x, weights);
  if (weights.storage() == LinearStorage::f8) {
    run_candidates("linear_f8", linear_f8_candidates(), out, as_codes(x), weights, activation);
  } else {
    run_candidates("linear", linear_candidates(), out, x.values(), weights, activation);
  }
  return out;
}

bool recording(const Tensor& x, const LinearWeights& weights) {
  return newbie::recording(x, weights.weight(), weights.bias());
}

/// Without the activation, whose gradient needs what goes into it.
Tensor recorded_linear(const Tensor& x, const LinearWeights& weights) {
  const Tensor &weight = weights.weight(), &bias = weights.bias();
  Tensor y = run_linear(x.detached(), weights, Activation::none);
  const bool dx = x.requires_gradient(), dw = weight.requires_gradient(),
             db = bias.requires_gradient();
  record(y, "linear", {x, weight, bias},
         [dx, dw, db, x = dw ? x.detached() : Tensor(),
          frozen = constant(weights)](const Tensor& dy) -> std::vector<Tensor> {
           return {dx ? linear_input_gradient(dy, frozen) : Tensor(),
                   dw ? linear_weight_gradient(dy, x) : Tensor(), db ? sum_rows(dy) : Tensor()};
         });
  return y;
}

}  // namespace

LinearInput quantize_rows(const Tensor& x) {
  constexpr std::string_view kOp = "quantize_rows";
  require_number(kOp, "x", x);
  require_not_recording(kOp, x);
  if (x.rank() == 0) refuse_shape(kOp, "x", x.str(), "[...,I]");
  Tensor codes = Tensor::empty(x.shape(), DType::f8_e4m3, x.device());
  Tensor scales = Tensor::empty({x.shape().rows()}, DType::f32, x.device());
  run_candidates(kOp, quantize_rows_candidates(), codes, AlsoOut{scales}, x);
  return {codes, scales, x.dtype()};
}

LinearWeights prepare_linear(const Tensor& weight, const std::optional<Tensor>& bias, DType compute,
                             Residency residency, LinearStorage storage) {
  constexpr std::string_view kOp = "prepare_linear";
  require_defined(kOp, "weight", weight);
  require_compute(kOp, compute, weight);
  require_rank(kOp, "weight", weight, 2, "[out,in]");
  require_floating(kOp, "weight", weight);
  const int64_t out = weight.dim(0), in = weight.dim(1);
  if (out == 0 || in == 0) refuse_shape(kOp, "weight", weight.str(), "at least one row and column");
  const MemoryScope scope(weight.device(), MemoryUse::weights);
  Tensor bias_f32;
  if (bias) {
    require_shape(kOp, "bias", *bias, Shape{out});
    require_floating(kOp, "bias", *bias);
    bias_f32 = cast(*bias, compute == DType::f64 ? compute : DType::f32);
  }
  if (storage == LinearStorage::f8 && f8_fits(in, out)) {
    return prepare_f8(weight, bias_f32, compute);
  }
  const bool learned = weight.requires_gradient();
  if (learned) residency = Residency::mapped;
  auto prepared =
      is_double(compute, weight)
          ? nullptr
          : prepare_linear_there(weight.detached(), bias_f32.detached(), compute, residency);
  const bool keep = prepared == nullptr || residency == Residency::mapped;
  return LinearWeights(in, out, compute, keep ? weight : Tensor(), bias_f32, std::move(prepared));
}

Tensor linear(const LinearInput& x, const LinearWeights& weights, Activation activation) {
  require_input("linear", x, weights);
  if (!recording(x.values(), weights)) return run_linear(x, weights, activation);
  const Tensor y = recorded_linear(x.values(), weights);
  return activation == Activation::none ? y : activate(y, activation);
}

Tensor gated_linear(const LinearInput& x, const LinearWeights& gate, const LinearWeights& up,
                    Activation activation) {
  constexpr std::string_view kOp = "gated_linear";
  require_pair(kOp, x, gate, up);
  if (recording(x.values(), gate) || recording(x.values(), up)) {
    return gated(linear(x, gate), linear(x, up), activation);
  }
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
  const bool plain =
      format == RowFormat::plain || recording(x.values(), gate) || recording(x.values(), up);
  if (plain) return gated_linear(x, gate, up, activation);
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
