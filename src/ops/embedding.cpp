#include "ops/embedding.h"

#include <fmt/format.h>

#include "ops/backward/shape.h"
#include "ops/candidate_lists.h"
#include "ops/checks.h"
#include "ops/elementwise.h"
#include "tensor/gradient.h"

namespace newbie::ops {

Tensor embedding(const Tensor& table, std::span<const int32_t> ids, float scale, DType dtype) {
  require_floating("embedding", "table", table);
  require_rank("embedding", "table", table, 2, "[V,D]");
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] < 0 || ids[i] >= table.dim(0)) {
      throw Error("request.token_id",
                  fmt::format("token {} has id {}, the vocabulary has ids 0 to {}", i, ids[i],
                              table.dim(0) - 1))
          .hint("the tokenizer and the weights must come from the same model");
    }
  }
  const Shape shape{static_cast<int64_t>(ids.size()), table.dim(1)};
  Tensor y = Tensor::empty(shape, dtype, table.device());
  require_number("embedding", "the result", y);
  const bool doubles = dtype == DType::f64 && table.dtype() != DType::f64;
  run_candidates("embedding", embedding_candidates(), y, doubles ? cast(table, dtype) : table, ids,
                 scale);
  if (recording(table)) {
    record(y, "embedding", {table},
           [indices = std::vector<int64_t>(ids.begin(), ids.end()), rows = table.dim(0), scale,
            type = table.gradient_node()->gradient_dtype](const Tensor& dy) {
             return std::vector{scatter_rows(dy, indices, rows, scale, type)};
           });
  }
  return y;
}

Tensor sinusoids(std::span<const float> t, int64_t count, float base, DType dtype,
                 const Device& device) {
  Tensor y = Tensor::empty({static_cast<int64_t>(t.size()), 2 * count}, dtype, device);
  require_number("sinusoids", "the result", y);
  run_candidates("sinusoids", sinusoids_candidates(), y, t, count, base);
  return y;
}

}  // namespace newbie::ops
