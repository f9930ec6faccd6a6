#include "ops/cpu/embedding.h"

#include <fmt/format.h>

#include "ops/cpu/pieces.h"

namespace newbie::ops::cpu {

std::string embedding_declines(const Tensor& table, const std::span<const int32_t>&, const float&) {
  return has_element(table.dtype()) ? "" : fmt::format("reads no {}", name_of(table.dtype()));
}

void embedding(Tensor& y, const Tensor& table, const std::span<const int32_t>& ids,
               const float& scale) {
  const int64_t width = table.dim(1);
  if (width == 0) return;
  const Output out(y);
  const Element from = element_of(table.dtype()), to = element_of(y.dtype());
  parallel_ranges(threads_for(y), y.dim(0), grain_rows(width), [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      const int64_t id = ids[static_cast<size_t>(row)];
      kernels().convert(from, address(table, id * width), scale, to, out.at(row * width), width);
    }
  });
}

}  // namespace newbie::ops::cpu
