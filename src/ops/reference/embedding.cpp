#include "ops/reference/embedding.h"

#include <cmath>

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

void sinusoids(Tensor& y, const std::span<const float>& t, const int64_t& count,
               const float& base) {
  for (size_t row = 0; row < t.size(); ++row) {
    const int64_t first = static_cast<int64_t>(row) * 2 * count;
    for (int64_t j = 0; j < count; ++j) {
      const float frequency =
          std::exp(-std::log(base) * static_cast<float>(j) / static_cast<float>(count));
      const auto angle = static_cast<double>(t[row] * frequency);
      put(y, first + j, std::cos(angle));
      put(y, first + count + j, std::sin(angle));
    }
  }
}

}  // namespace newbie::ops::reference
