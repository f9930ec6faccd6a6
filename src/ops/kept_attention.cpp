#include "ops/kept_attention.h"

namespace newbie::ops {

Tensor KeptAttention::log_sums_of(int64_t first, int64_t count) const {
  for (const Tensor& part : log_sums) {
    if (first < part.dim(0)) {
      return first + count <= part.dim(0) ? part.slice(first, first + count) : Tensor();
    }
    first -= part.dim(0);
  }
  return {};
}

}  // namespace newbie::ops
