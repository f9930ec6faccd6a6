#include "ops/reduce.h"

#include "ops/candidate_lists.h"
#include "ops/checks.h"
#include "ops/transfer.h"

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
  return y;
}

std::vector<double> norms(const Tensor& x) {
  require_number("norms", "x", x);
  if (x.rank() == 0) refuse_shape("norms", "x", x.str(), "[B,...]");
  Tensor y = Tensor::empty({x.dim(0)}, DType::f64, x.device());
  run_candidates("norms", norms_candidates(), y, x);
  const Tensor values = to_host(y);
  return {values.data<double>(), values.data<double>() + values.numel()};
}

std::optional<int64_t> first_non_finite(const Tensor& x) {
  require_number("first_non_finite", "x", x);
  Tensor y = Tensor::empty({1}, DType::i64, x.device());
  run_candidates("first_non_finite", first_non_finite_candidates(), y, x);
  const int64_t index = *to_host(y).data<int64_t>();
  return index < 0 ? std::nullopt : std::optional(index);
}

}  // namespace newbie::ops
