#include "train/optim/muon.h"

#include <algorithm>
#include <cmath>

#include "nn/linear.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/shape.h"

namespace newbie::train {

Tensor transposed(const Tensor& x) {
  return ops::to_channels_first(x.view({1, x.dim(0), 1, x.dim(1)})).view({x.dim(1), x.dim(0)});
}

double muon_scale(int64_t rows, int64_t columns) {
  return 0.2 * std::sqrt(static_cast<double>(std::max(rows, columns)));
}

Tensor orthogonalized(const Tensor& x, int iterations) {
  // The polynomial's coefficients are those of the paper: steep at zero, flat enough near one.
  constexpr float kLinear = 3.4445f, kCubic = -4.7750f, kQuintic = 2.0315f;
  if (x.dim(0) > x.dim(1)) return transposed(orthogonalized(transposed(x), iterations));
  const double norm = ops::norms(x.view({1, x.dim(0), x.dim(1)})).front();
  Tensor y = ops::affine(x, static_cast<float>(1 / (norm + 1e-7)), 0);
  for (int i = 0; i < iterations; ++i) {
    const Tensor square = nn::product(y, y);  // y y^T, symmetric
    const Tensor polynomial =
        ops::combine({{kCubic, square}, {kQuintic, nn::product(square, square)}});
    y = ops::combine({{kLinear, y}, {1.0f, nn::product(polynomial, transposed(y))}});
  }
  return y;
}

}  // namespace newbie::train
