#include "ops/backward/shape.h"

#include "ops/backward/candidates.h"
#include "ops/checks.h"

namespace newbie::ops {

Tensor scatter_rows(const Tensor& dy, const std::vector<int64_t>& indices, int64_t rows,
                    float scale, DType dtype) {
  constexpr std::string_view kOp = "scatter_rows";
  require_number(kOp, "dy", dy);
  require_shape(kOp, "dy", dy, {static_cast<int64_t>(indices.size()), dy.dim(-1)});
  for (int64_t index : indices) {
    if (index < 0 || index >= rows) {
      refuse_shape(kOp, "an index", fmt::format("{}", index), fmt::format("0 to {}", rows - 1));
    }
  }
  Tensor y = Tensor::empty({rows, dy.dim(-1)}, dtype, dy.device());
  run_candidates(kOp, scatter_rows_candidates(), y, dy, indices, scale);
  return y;
}

Tensor spread_rows(const Tensor& dy, const Packing& sequences) {
  constexpr std::string_view kOp = "spread_rows";
  require_number(kOp, "dy", dy);
  require_shape(kOp, "dy", dy, {sequences.count(), dy.dim(-1)});
  Tensor y = Tensor::empty({sequences.rows(), dy.dim(-1)}, dy.dtype(), dy.device());
  run_candidates(kOp, spread_rows_candidates(), y, dy, sequences);
  return y;
}

}  // namespace newbie::ops
