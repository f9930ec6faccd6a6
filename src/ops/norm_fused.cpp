/// Norms together with what stands around them. Where gradients are recorded they are the plain ops
/// one after another.
#include "ops/candidate_lists.h"
#include "ops/checks.h"
#include "ops/matmul.h"
#include "ops/norm.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

Tensor like(const Tensor& x) { return Tensor::empty(x.shape(), x.dtype(), x.device()); }

LinearInput codes_like(const Tensor& x) {
  return {Tensor::empty(x.shape(), DType::f8_e4m3, x.device()),
          Tensor::empty({x.shape().rows()}, DType::f32, x.device()), x.dtype()};
}

void require_modulated(std::string_view op, std::string_view name, const ModulatedNorm& norm,
                       const Tensor& x, const Packing& sequences) {
  require_floating(op, name, norm.weight);
  require_shape(op, name, norm.weight, {x.dim(1)});
  require_type_of_or_f32(op, name, norm.factors, x);
  require_shape(op, name, norm.factors, {sequences.count(), x.dim(1)});
}

}  // namespace

LinearInput rms_norm_modulate(const Tensor& x, const Tensor& weight, float eps, const Tensor& scale,
                              const Packing& sequences, RowFormat format) {
  if (format == RowFormat::plain || recording(x, weight, scale)) {
    return rms_norm_modulate(x, weight, eps, scale, sequences);
  }
  constexpr std::string_view kOp = "rms_norm_modulate_to_f8";
  require_number(kOp, "x", x);
  require_rank(kOp, "x", x, 2, "[S,D]");
  require_rows(kOp, sequences, x.dim(0));
  require_modulated(kOp, "scale", {weight, eps, scale}, x, sequences);
  const LinearInput y = codes_like(x);
  Tensor codes = y.values(), scales = y.scales();
  run_candidates(kOp, rms_norm_modulate_to_f8_candidates(), codes, AlsoOut{scales}, x, weight, eps,
                 scale, sequences);
  return y;
}

SumAndNorm add_gated_rms_norm_modulate(const Tensor& x, const Tensor& branch,
                                       const ModulatedNorm& added, const ModulatedNorm& next,
                                       const Packing& sequences, RowFormat format) {
  constexpr std::string_view kOp = "add_gated_rms_norm_modulate";
  require_number(kOp, "x", x);
  require_rank(kOp, "x", x, 2, "[S,D]");
  require_rows(kOp, sequences, x.dim(0));
  require_type_of(kOp, "branch", branch, x);
  require_shape(kOp, "branch", branch, x.shape());
  require_modulated(kOp, "added", added, x, sequences);
  require_modulated(kOp, "next", next, x, sequences);
  if (recording(x, branch, added.weight, added.factors, next.weight, next.factors)) {
    const Tensor sum =
        add_gated_rms_norm(x, branch, added.weight, added.eps, added.factors, sequences);
    return {sum, rms_norm_modulate(sum, next.weight, next.eps, next.factors, sequences, format)};
  }
  Tensor sum = like(x);
  if (format == RowFormat::plain) {
    Tensor normed = like(x);
    run_candidates(kOp, add_gated_rms_norm_modulate_candidates(), sum, AlsoOut{normed}, x, branch,
                   added, next, sequences);
    return {sum, normed};
  }
  const LinearInput normed = codes_like(x);
  Tensor codes = normed.values(), scales = normed.scales();
  run_candidates("add_gated_rms_norm_modulate_to_f8",
                 add_gated_rms_norm_modulate_to_f8_candidates(), sum, AlsoOut{codes},
                 AlsoOut{scales}, x, branch, added, next, sequences);
  return {sum, normed};
}

}  // namespace newbie::ops
