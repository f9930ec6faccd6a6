#include "ops/reference/training.h"

#include <cmath>

#include "ops/reference/access.h"

namespace newbie::ops::reference {

void matrix_products(Tensor& y, const Tensor& x, const Tensor& w) {
  const int64_t m = x.dim(1), n = w.dim(1), k = x.dim(2);
  for (int64_t b = 0; b < x.dim(0); ++b) {
    for (int64_t row = 0; row < m; ++row) {
      for (int64_t column = 0; column < n; ++column) {
        double sum = 0;
        for (int64_t i = 0; i < k; ++i) {
          sum += at(x, (b * m + row) * k + i) * at(w, (b * n + column) * k + i);
        }
        put(y, (b * m + row) * n + column, sum);
      }
    }
  }
}

void normal_noise(Tensor& y, const NoiseKey& key) {
  for (int64_t i = 0; i < y.numel(); ++i) {
    float value = 0;
    fill_normal(key, static_cast<uint64_t>(i), {&value, 1});
    put(y, i, static_cast<double>(value));
  }
}

void blend_rows(Tensor& y, const Tensor& x, const std::vector<float>& of_x, const Tensor& z,
                const std::vector<float>& of_z) {
  const int64_t each = y.numel() == 0 ? 1 : y.numel() / y.dim(0);
  for (int64_t i = 0; i < y.numel(); ++i) {
    const auto row = static_cast<size_t>(i / each);
    // One product is rounded before the other joins it: all devices give these bytes.
    const float rest = of_z[row] * static_cast<float>(at(z, i));
    put(y, i, static_cast<double>(std::fma(of_x[row], static_cast<float>(at(x, i)), rest)));
  }
}

}  // namespace newbie::ops::reference
