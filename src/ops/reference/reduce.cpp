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

namespace {

/// |x[item] - mean|, or |x[item]|.
double length(const Tensor& x, int64_t item, bool about_mean) {
  const int64_t each = x.numel() / x.dim(0), first = item * each;
  double mean = 0;
  for (int64_t i = 0; about_mean && i < each; ++i) {
    mean += at(x, first + i) / static_cast<double>(each);
  }
  double squares = 0;
  for (int64_t i = 0; i < each; ++i) {
    squares += (at(x, first + i) - mean) * (at(x, first + i) - mean);
  }
  return std::sqrt(squares);
}

}  // namespace

void match_norms(Tensor& out, const Tensor& y, const Tensor& reference, const NormMatch& kind,
                 const float& amount) {
  const bool spread = kind == NormMatch::spread;
  const double share = static_cast<double>(amount);
  for (int64_t item = 0; item < y.dim(0); ++item) {
    const double found = length(y, item, spread), wanted = length(reference, item, spread);
    const double ratio = found > 0 ? wanted / found : 1;
    double factor = ratio;
    if (kind == NormMatch::at_most) factor = found > 0 ? std::min(1.0, share * ratio) : 1;
    if (spread) factor = share * ratio + 1 - share;
    factor = rounded(DType::f32, factor);
    const int64_t each = y.numel() / y.dim(0);
    for (int64_t i = item * each; i < (item + 1) * each; ++i) put(out, i, at(y, i) * factor);
  }
}

}  // namespace newbie::ops::reference
