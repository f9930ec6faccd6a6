#include "ops/reference/embedding.h"

#include "ops/reference/access.h"

namespace newbie::ops::reference {

void embedding(Tensor& y, const Tensor& table, const std::span<const int32_t>& ids,
               const float& scale) {
  const int64_t width = table.dim(1);
  int64_t to = 0;
  for (int32_t id : ids) {
    for (int64_t d = 0; d < width; ++d) {
      put(y, to++, at(table, id * width + d) * static_cast<double>(scale));
    }
  }
}

}  // namespace newbie::ops::reference
