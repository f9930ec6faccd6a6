#include "ops/reduce.h"

#include <fmt/format.h>

#include "ops/backward/candidates.h"
#include "ops/backward/shape.h"
#include "ops/candidate_lists.h"
#include "ops/checks.h"
#include "ops/elementwise.h"
#include "ops/shape.h"
#include "ops/transfer.h"
#include "tensor/gradient.h"

namespace newbie::ops {

Tensor mean_rows(const Tensor& x, const Packing& sequences) {
  require_number("mean_rows", "x", x);
  require_rank("mean_rows", "x", x, 2, "[S,D]");
  require_rows("mean_rows", sequences, x.dim(0));
  for (int64_t b = 0; b < sequences.count(); ++b) {
    if (sequences.length(b) == 0) {
      refuse_shape("mean_rows", fmt::format("sequence {}", b), "empty", "at least one row");
    }
  }
  Tensor y = Tensor::empty({sequences.count(), x.dim(1)}, x.dtype(), x.device());
  run_candidates("mean_rows", mean_rows_candidates(), y, x, sequences);
  if (recording(x)) {
    record(y, "mean_rows", {x},
           [sequences](const Tensor& dy) { return std::vector{spread_rows(dy, sequences)}; });
  }
  return y;
}

Tensor average_2x2(const Tensor& image) {
  require_number("average_2x2", "image", image);
  require_rank("average_2x2", "image", image, 4, "[B,h,w,C]");
  if (image.dim(1) % 2 != 0 || image.dim(2) % 2 != 0) {
    refuse_shape("average_2x2", "image", image.str(), "even sizes");
  }
  const Shape halved{image.dim(0), image.dim(1) / 2, image.dim(2) / 2, image.dim(3)};
  Tensor y = Tensor::empty(halved, image.dtype(), image.device());
  run_candidates("average_2x2", average_2x2_candidates(), y, image);
  if (recording(image)) {
    record(y, "average_2x2", {image}, [](const Tensor& dy) {
      return std::vector{affine(upsample_nearest_2x(dy), 0.25f, 0.0f)};
    });
  }
  return y;
}

std::vector<double> norms(const Tensor& x) {
  require_number("norms", "x", x);
  if (x.rank() == 0) refuse_shape("norms", "x", x.str(), "[B,...]");
  require_not_recording("norms", x);
  Tensor y = Tensor::empty({x.dim(0)}, DType::f64, x.device());
  run_candidates("norms", norms_candidates(), y, x);
  const Tensor values = to_host(y);
  return {values.data<double>(), values.data<double>() + values.numel()};
}

std::optional<int64_t> first_non_finite(const Tensor& x) {
  require_number("first_non_finite", "x", x);
  Tensor y = Tensor::empty({1}, DType::i64, x.device());
  run_candidates("first_non_finite", first_non_finite_candidates(), y, x);
  if (x.device().plans()) return std::nullopt;
  const int64_t index = *to_host(y).data<int64_t>();
  return index < 0 ? std::nullopt : std::optional(index);
}

FiniteCheck::FiniteCheck(const Tensor& x) {
  require_number("first_non_finite", "x", x);
  Tensor y = Tensor::empty({1}, DType::i64, x.device());
  run_candidates("first_non_finite", first_non_finite_candidates(), y, x);
  if (x.device().plans()) return;
  answer_ = answer_of_device(y);
  if (!answer_) index_ = *y.data<int64_t>();
}

std::optional<int64_t> FiniteCheck::first_non_finite() const {
  const int64_t index = answer_ ? answer_->wait() : index_;
  return index < 0 ? std::nullopt : std::optional(index);
}

Tensor match_norms(const Tensor& y, const Tensor& reference, NormMatch kind, float amount) {
  require_number("match_norms", "y", y);
  require_type_of("match_norms", "reference", reference, y);
  require_shape("match_norms", "reference", reference, y.shape());
  if (y.rank() == 0) refuse_shape("match_norms", "y", y.str(), "[B,...]");
  require_not_recording("match_norms", y, reference);
  Tensor out = Tensor::empty(y.shape(), y.dtype(), y.device());
  run_candidates("match_norms", match_norms_candidates(), out, y, reference, kind, amount);
  return out;
}

}  // namespace newbie::ops
