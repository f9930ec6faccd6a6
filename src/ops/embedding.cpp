#include "ops/embedding.h"

#include <fmt/format.h>

#include "ops/candidate_lists.h"
#include "ops/checks.h"

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
  run_candidates("embedding", embedding_candidates(), y, table, ids, scale);
  return y;
}

}  // namespace newbie::ops
