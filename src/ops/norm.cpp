#include "ops/norm.h"

#include <fmt/format.h>

#include "ops/backward/norm.h"
#include "ops/candidate_lists.h"
#include "ops/checks.h"
#include "tensor/gradient.h"

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

/// What a row norm is made of, for its gradient.
struct RowNorm {
  Tensor x;       ///< what is normalised
  Tensor weight;  ///< undefined for none
  Tensor bias;
  Tensor modulation;
  Modulation how = Modulation::none;
  RowStatistic statistic = RowStatistic::rms;
  RmsWeight kind = RmsWeight::plain;
  float eps;
  Packing sequences;  ///< of the rows, one when there is no modulation

  RowNorm detached() const {
    RowNorm same = *this;
    for (Tensor* part : {&same.x, &same.weight, &same.bias, &same.modulation}) {
      *part = part->detached();
    }
    return same;
  }
};

/// The gradients of x, weight, bias and modulation.
std::vector<Tensor> row_norm_gradients(const RowNorm& norm, const Tensor& dy) {
  const int64_t count = norm.sequences.count();
  const Shape rows{dy.shape().rows(), dy.dim(-1)};
  const Tensor factor = row_factors(norm.weight, norm.kind, norm.modulation, norm.how, count, dy);
  auto [dx, sums] = row_norm_backward(dy.view(rows), norm.x.view(rows), factor, norm.statistic,
                                      norm.eps, norm.sequences);
  FactorGradients d =
      row_factors_backward(sums.products, norm.weight, norm.kind, norm.modulation, norm.how);
  const Tensor d_bias = norm.bias.defined() ? sums.plain.view({dy.dim(-1)}) : Tensor();
  return {dx, d.weight, d_bias, d.modulation};
}

/// `y` was made from a row norm, and from `added` by addition when that is defined.
void record_row_norm(Tensor& y, std::string_view op, const RowNorm& norm,
                     const Tensor& added = {}) {
  if (!recording(norm.x, norm.weight, norm.bias, norm.modulation, added)) return;
  record(y, op, {norm.x, norm.weight, norm.bias, norm.modulation, added},
         [norm = norm.detached()](const Tensor& dy) {
           std::vector<Tensor> gradients = row_norm_gradients(norm, dy);
           gradients.push_back(dy);
           return gradients;
         });
}

Packing one_sequence(const Tensor& x) { return Packing::of_lengths({x.shape().rows()}); }

}  // namespace

Tensor rms_norm(const Tensor& x, const Tensor& weight, float eps, RmsWeight kind) {
  require_rows_of_numbers("rms_norm", "x", x);
  require_weight("rms_norm", "weight", weight, x.dim(-1));
  Tensor y = like(x);
  run_candidates("rms_norm", rms_norm_candidates(), y, x, weight, eps, kind);
  if (recording(x, weight)) {
    record_row_norm(y, "rms_norm",
                    {.x = x,
                     .weight = weight,
                     .bias = {},
                     .modulation = {},
                     .kind = kind,
                     .eps = eps,
                     .sequences = one_sequence(x)});
  }
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
  if (recording(x, weight, scale)) {
    record_row_norm(y, "rms_norm_modulate",
                    {.x = x,
                     .weight = weight,
                     .bias = {},
                     .modulation = scale,
                     .how = Modulation::scale,
                     .eps = eps,
                     .sequences = sequences});
  }
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
  if (recording(x, branch, weight, gate)) {
    record_row_norm(y, "add_gated_rms_norm",
                    {.x = branch,
                     .weight = weight,
                     .bias = {},
                     .modulation = gate,
                     .how = Modulation::gate,
                     .eps = eps,
                     .sequences = sequences},
                    x);
  }
  return y;
}

Tensor add_rms_norm(const Tensor& x, const Tensor& branch, const Tensor& weight, float eps,
                    RmsWeight kind) {
  require_rows_of_numbers("add_rms_norm", "x", x);
  require_branch("add_rms_norm", x, branch);
  require_weight("add_rms_norm", "weight", weight, x.dim(-1));
  Tensor y = like(x);
  run_candidates("add_rms_norm", add_rms_norm_candidates(), y, x, branch, weight, eps, kind);
  if (recording(x, branch, weight)) {
    record_row_norm(y, "add_rms_norm",
                    {.x = branch,
                     .weight = weight,
                     .bias = {},
                     .modulation = {},
                     .kind = kind,
                     .eps = eps,
                     .sequences = one_sequence(x)},
                    x);
  }
  return y;
}

Tensor layer_norm(const Tensor& x, const Tensor& weight, const Tensor& bias, float eps) {
  require_rows_of_numbers("layer_norm", "x", x);
  require_weight("layer_norm", "weight", weight, x.dim(-1));
  require_weight("layer_norm", "bias", bias, x.dim(-1));
  Tensor y = like(x);
  run_candidates("layer_norm", layer_norm_candidates(), y, x, weight, bias, eps);
  if (recording(x, weight, bias)) {
    record_row_norm(y, "layer_norm",
                    {.x = x,
                     .weight = weight,
                     .bias = bias,
                     .modulation = {},
                     .statistic = RowStatistic::moments,
                     .eps = eps,
                     .sequences = one_sequence(x)});
  }
  return y;
}

Tensor layer_norm_modulate(const Tensor& x, float eps, const Tensor& scale,
                           const Packing& sequences) {
  require_rows_of_numbers("layer_norm_modulate", "x", x);
  require_modulation("layer_norm_modulate", "scale", scale, x, sequences);
  Tensor y = like(x);
  run_candidates("layer_norm_modulate", layer_norm_modulate_candidates(), y, x, eps, scale,
                 sequences);
  if (recording(x, scale)) {
    record_row_norm(y, "layer_norm_modulate",
                    {.x = x,
                     .weight = {},
                     .bias = {},
                     .modulation = scale,
                     .how = Modulation::scale,
                     .statistic = RowStatistic::moments,
                     .eps = eps,
                     .sequences = sequences});
  }
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
  if (recording(x, weight, bias)) {
    record(y, "group_norm", {x, weight, bias},
           [x = x.detached(), groups, weight = weight.detached(), bias = bias.detached(), eps,
            activation](const Tensor& dy) {
             auto d = group_norm_backward(dy, x, groups, weight, bias, eps, activation);
             return std::vector{std::move(d.x), std::move(d.weight), std::move(d.bias)};
           });
  }
  return y;
}

}  // namespace newbie::ops
