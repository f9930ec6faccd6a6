#include "ops/reference/conv.h"

#include "ops/reference/access.h"

namespace newbie::ops::reference {
namespace {

/// The sum for one output element, without bias.
double window_sum(const Tensor& x, const ConvWeights& weights, int64_t image, int64_t top,
                  int64_t left, int64_t channel) {
  const int64_t height = x.dim(1), width = x.dim(2), inputs = x.dim(3);
  const Shape& shape = weights.shape();
  double sum = 0;
  for (int64_t ky = 0; ky < shape[2]; ++ky) {
    for (int64_t kx = 0; kx < shape[3]; ++kx) {
      const int64_t y = top + ky, column = left + kx;
      if (y < 0 || y >= height || column < 0 || column >= width) continue;
      for (int64_t i = 0; i < inputs; ++i) {
        const double w =
            rounded(weights.compute(),
                    at(weights.weight(), ((channel * inputs + i) * shape[2] + ky) * shape[3] + kx));
        sum += at(x, ((image * height + y) * width + column) * inputs + i) * w;
      }
    }
  }
  return sum;
}

}  // namespace

void conv2d(Tensor& out, const Tensor& x, const ConvWeights& weights, const ConvGeometry& geometry,
            const Tensor& residual) {
  int64_t index = 0;
  for (int64_t image = 0; image < out.dim(0); ++image) {
    for (int64_t y = 0; y < out.dim(1); ++y) {
      for (int64_t column = 0; column < out.dim(2); ++column) {
        for (int64_t channel = 0; channel < out.dim(3); ++channel, ++index) {
          double sum = window_sum(x, weights, image, y * geometry.stride - geometry.top,
                                  column * geometry.stride - geometry.left, channel);
          if (weights.bias().defined()) sum += at(weights.bias(), channel);
          if (residual.defined()) sum += at(residual, index);
          put(out, index, sum);
        }
      }
    }
  }
}

}  // namespace newbie::ops::reference
