#include "ops/loss.h"

#include "ops/backward/candidates.h"
#include "ops/backward/result.h"
#include "ops/checks.h"
#include "ops/elementwise.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

void require_alike(std::string_view op, std::string_view name, const Tensor& x, const Tensor& as) {
  require_type_of(op, name, x, as);
  require_shape(op, name, x, as.shape());
}

}  // namespace

Tensor mean_distance(const Tensor& x, const Tensor& target, Distance distance, float delta) {
  constexpr std::string_view kOp = "mean_distance";
  require_number(kOp, "x", x);
  if (x.numel() == 0) refuse_shape(kOp, "x", x.str(), "at least one element");
  require_alike(kOp, "target", target, x);
  Tensor y = empty_sum({1}, x);
  run_candidates(kOp, mean_distance_candidates(), y, x, target, distance, delta);
  if (recording(x, target)) {
    record(y, kOp, {x, target},
           [x = x.detached(), target = target.detached(), distance, delta,
            both = target.requires_gradient()](const Tensor& dy) -> std::vector<Tensor> {
             Tensor dx = empty_like(x);
             run_candidates("mean_distance_backward", mean_distance_backward_candidates(), dx, dy,
                            x, target, distance, delta);
             return {dx, both ? affine(dx, -1.0f, 0.0f) : Tensor()};
           });
  }
  return y;
}

Tensor cross_entropy(const Tensor& x, const std::vector<int32_t>& labels) {
  constexpr std::string_view kOp = "cross_entropy";
  require_number(kOp, "x", x);
  require_shape(kOp, "x", x, {static_cast<int64_t>(labels.size()), x.dim(-1)});
  for (int32_t label : labels) {
    if (label >= x.dim(1)) {
      refuse_shape(kOp, "a label", fmt::format("{}", label),
                   fmt::format("0 to {}, or negative for none", x.dim(1) - 1));
    }
  }
  Tensor y = empty_sum({1}, x);
  run_candidates(kOp, cross_entropy_candidates(), y, x, labels);
  if (recording(x)) {
    record(y, kOp, {x}, [x = x.detached(), labels](const Tensor& dy) {
      Tensor dx = empty_like(x);
      run_candidates("cross_entropy_backward", cross_entropy_backward_candidates(), dx, dy, x,
                     labels);
      return std::vector{dx};
    });
  }
  return y;
}

Tensor normal_divergence(const Tensor& mean, const Tensor& logvar) {
  constexpr std::string_view kOp = "normal_divergence";
  require_number(kOp, "mean", mean);
  if (mean.numel() == 0) refuse_shape(kOp, "mean", mean.str(), "at least one element");
  require_alike(kOp, "logvar", logvar, mean);
  Tensor y = empty_sum({1}, mean);
  run_candidates(kOp, normal_divergence_candidates(), y, mean, logvar);
  if (recording(mean, logvar)) {
    record(y, kOp, {mean, logvar},
           [mean = mean.detached(), logvar = logvar.detached()](const Tensor& dy) {
             Tensor d_mean = empty_like(mean);
             const Tensor d_logvar = empty_like(mean);
             run_candidates("normal_divergence_backward", normal_divergence_backward_candidates(),
                            d_mean, d_logvar, dy, mean, logvar);
             return std::vector{d_mean, d_logvar};
           });
  }
  return y;
}

Tensor sample_normal(const Tensor& mean, const Tensor& logvar, const Tensor& noise) {
  constexpr std::string_view kOp = "sample_normal";
  require_number(kOp, "mean", mean);
  require_alike(kOp, "logvar", logvar, mean);
  require_alike(kOp, "noise", noise, mean);
  Tensor y = empty_like(mean);
  run_candidates(kOp, sample_normal_candidates(), y, mean, logvar, noise);
  require_not_recording("the noise of sample_normal", noise);
  if (recording(mean, logvar)) {
    record(y, kOp, {mean, logvar},
           [logvar = logvar.detached(), noise](const Tensor& dy) -> std::vector<Tensor> {
             Tensor d_logvar = empty_like(logvar);
             run_candidates("sample_normal_backward", sample_normal_backward_candidates(), d_logvar,
                            dy, logvar, noise);
             return {dy, d_logvar};
           });
  }
  return y;
}

}  // namespace newbie::ops
