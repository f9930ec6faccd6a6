#include "ops/reference/reduce.h"

#include <cmath>

#include "ops/reference/access.h"

namespace newbie::ops::reference {

void mean_rows(Tensor& y, const Tensor& x, const Packing& sequences) {
  const int64_t width = x.dim(1);
  for (int64_t b = 0; b < sequences.count(); ++b) {
    for (int64_t d = 0; d < width; ++d) {
      double sum = 0;
      for (int64_t s = sequences.begin(b); s < sequences.end(b); ++s) sum += at(x, s * width + d);
      put(y, b * width + d, sum / static_cast<double>(sequences.length(b)));
    }
  }
}

void norms(Tensor& y, const Tensor& x) {
  const int64_t items = y.numel();
  const int64_t each = items == 0 ? 0 : x.numel() / items;
  for (int64_t b = 0; b < items; ++b) {
    double sum = 0;
    for (int64_t i = b * each; i < (b + 1) * each; ++i) sum += at(x, i) * at(x, i);
    put(y, b, std::sqrt(sum));
  }
}

void first_non_finite(Tensor& y, const Tensor& x) {
  for (int64_t i = 0; i < x.numel(); ++i) {
    if (!std::isfinite(at(x, i))) return put(y, 0, static_cast<double>(i));
  }
  put(y, 0, -1);
}

}  // namespace newbie::ops::reference
