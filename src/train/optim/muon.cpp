#include "train/optim/muon.h"

#include <algorithm>
#include <cmath>

#include "ops/elementwise.h"
#include "ops/matrices.h"
#include "ops/reduce.h"
#include "ops/shape.h"

namespace newbie::train {
namespace {

/// Matrices of length one, to measure others by.
Tensor unit_like(const Tensor& x) {
  const int64_t each = x.dim(1) * x.dim(2);
  const Tensor ones = ops::affine(Tensor::zeros({1, each}, x.dtype(), x.device()), 0.0f,
                                  static_cast<float>(1 / std::sqrt(static_cast<double>(each))));
  return ops::take_rows(ones, std::vector<int64_t>(static_cast<size_t>(x.dim(0)), 0))
      .view(x.shape());
}

}  // namespace

Tensor transposed(const Tensor& x) {
  const int64_t b = x.dim(0), m = x.dim(1), n = x.dim(2);
  return ops::to_channels_first(x.view({b, m, 1, n})).view({b, n, m});
}

double muon_scale(int64_t rows, int64_t columns) {
  return 0.2 * std::sqrt(static_cast<double>(std::max(rows, columns)));
}

Tensor orthogonalized(const Tensor& x, int iterations) {
  // The polynomial's coefficients are those of the paper: steep at zero, flat enough near one.
  constexpr float kLinear = 3.4445f, kCubic = -4.7750f, kQuintic = 2.0315f;
  if (x.dim(1) > x.dim(2)) return transposed(orthogonalized(transposed(x), iterations));
  Tensor y = ops::match_norms(x, unit_like(x), ops::NormMatch::equal, 1.0f);
  for (int i = 0; i < iterations; ++i) {
    const Tensor square = ops::matrix_products(y, y);  // y y^T, symmetric
    const Tensor polynomial =
        ops::combine({{kCubic, square}, {kQuintic, ops::matrix_products(square, square)}});
    y = ops::combine({{kLinear, y}, {1.0f, ops::matrix_products(polynomial, transposed(y))}});
  }
  return y;
}

}  // namespace newbie::train
