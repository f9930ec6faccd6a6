#include "ops/norm.h"

#include <fmt/format.h>

#include "ops/candidate_lists.h"
#include "ops/checks.h"

namespace newbie::ops {
namespace {

Tensor like(const Tensor& x) { return Tensor::empty(x.shape(), x.dtype(), x.device()); }

void require_rows_of_numbers(std::string_view op, std::string_view name, const Tensor& x) {
  require_number(op, name, x);
  if (x.rank() == 0 || x.dim(-1) == 0) {
    refuse_shape(op, name, x.str(), "rows with at least one element");
  }
}

void require_weight(std::string_view op, std::string_view name, const Tensor& weight,
                    int64_t width) {
  require_floating(op, name, weight);
  require_shape(op, name, weight, {width});
}

void require_branch(std::string_view op, const Tensor& x, const Tensor& branch) {
  require_type_of(op, "branch", branch, x);
  require_shape(op, "branch", branch, x.shape());
}

/// One row of factors per sequence.
void require_modulation(std::string_view op, std::string_view name, const Tensor& modulation,
                        const Tensor& x, const Packing& sequences) {
  require_rank(op, "x", x, 2, "[S,D]");
  require_rows(op, sequences, x.dim(0));
  require_type_of_or_f32(op, name, modulation, x);
  require_shape(op, name, modulation, {sequences.count(), x.dim(1)});
}

}  // namespace

Tensor rms_norm(const Tensor& x, const Tensor& weight, float eps, RmsWeight kind) {
  require_rows_of_numbers("rms_norm", "x", x);
  require_weight("rms_norm", "weight", weight, x.dim(-1));
  Tensor y = like(x);
  run_candidates("rms_norm", rms_norm_candidates(), y, x, weight, eps, kind);
  return y;
}

Tensor rms_norm_modulate(const Tensor& x, const Tensor& weight, float eps, const Tensor& scale,
                         const Packing& sequences) {
  require_rows_of_numbers("rms_norm_modulate", "x", x);
  require_weight("rms_norm_modulate", "weight", weight, x.dim(-1));
  require_modulation("rms_norm_modulate", "scale", scale, x, sequences);
  Tensor y = like(x);
  run_candidates("rms_norm_modulate", rms_norm_modulate_candidates(), y, x, weight, eps, scale,
                 sequences);
  return y;
}

Tensor add_gated_rms_norm(const Tensor& x, const Tensor& branch, const Tensor& weight, float eps,
                          const Tensor& gate, const Packing& sequences) {
  require_rows_of_numbers("add_gated_rms_norm", "x", x);
  require_branch("add_gated_rms_norm", x, branch);
  require_weight("add_gated_rms_norm", "weight", weight, x.dim(-1));
  require_modulation("add_gated_rms_norm", "gate", gate, x, sequences);
  Tensor y = like(x);
  run_candidates("add_gated_rms_norm", add_gated_rms_norm_candidates(), y, x, branch, weight, eps,
                 gate, sequences);
  return y;
}

Tensor add_rms_norm(const Tensor& x, const Tensor& branch, const Tensor& weight, float eps,
                    RmsWeight kind) {
  require_rows_of_numbers("add_rms_norm", "x", x);
  require_branch("add_rms_norm", x, branch);
  require_weight("add_rms_norm", "weight", weight, x.dim(-1));
  Tensor y = like(x);
  run_candidates("add_rms_norm", add_rms_norm_candidates(), y, x, branch, weight, eps, kind);
  return y;
}

Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, float eps) {
  require_rows_of_numbers("layer_norm", "x", x);
  require_weight("layer_norm", "weight", weight, x.dim(-1));
  require_weight("layer_norm", "bias", bias, x.dim(-1));
  Tensor y = like(x);
  run_candidates("layer_norm", layer_norm_candidates(), y, x, weight, bias, eps);
  return y;
}

Tensor layer_norm_modulate(const Tensor& x, float eps, const Tensor& scale,
                           const Packing& sequences) {
  require_rows_of_numbers("layer_norm_modulate", "x", x);
  require_modulation("layer_norm_modulate", "scale", scale, x, sequences);
  Tensor y = like(x);
  run_candidates("layer_norm_modulate", layer_norm_modulate_candidates(), y, x, eps, scale,
                 sequences);
  return y;
}

Tensor group_norm(const Tensor& x, int64_t groups, const Tensor& weight, const Tensor& bias,
                  float eps, Activation activation) {
  require_rows_of_numbers("group_norm", "x", x);
  require_rank("group_norm", "x", x, 4, "[B,h,w,C]");
  if (groups < 1 || x.dim(3) % groups != 0) {
    refuse_shape("group_norm", "x", x.str(), fmt::format("channels in {} equal groups", groups));
  }
  require_weight("group_norm", "weight", weight, x.dim(3));
  require_weight("group_norm", "bias", bias, x.dim(3));
  Tensor y = like(x);
  run_candidates("group_norm", group_norm_candidates(), y, x, groups, weight, bias, eps,
                 activation);
  return y;
}

}  // namespace newbie::ops
