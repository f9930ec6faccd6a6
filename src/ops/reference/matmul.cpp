#include "ops/reference/matmul.h"

#include "ops/reference/access.h"
#include "ops/reference/elementwise.h"

namespace newbie::ops::reference {
namespace {

/// Row `row` of x times row `column` of the weight, whose elements are first rounded to the type
/// the product computes in.
double dot(const Tensor& x, const LinearWeights& weights, int64_t row, int64_t column) {
  const int64_t width = weights.in_features();
  double sum = 0;
  for (int64_t i = 0; i < width; ++i) {
    sum += at(x, row * width + i) *
           rounded(weights.compute(), at(weights.weight(), column * width + i));
  }
  return sum;
}

}  // namespace

void linear(Tensor& out, const Tensor& x, const LinearWeights& weights,
            const Activation& activation) {
  for (int64_t row = 0; row < x.shape().rows(); ++row) {
    for (int64_t column = 0; column < weights.out_features(); ++column) {
      double y = dot(x, weights, row, column);
      if (weights.bias().defined()) y += at(weights.bias(), column);
      put(out, row * weights.out_features() + column, activated(activation, y));
    }
  }
}

void linear_onto(Tensor& out, const Tensor& sum, const Tensor& x, const LinearWeights& weights) {
  for (int64_t row = 0; row < x.shape().rows(); ++row) {
    for (int64_t column = 0; column < weights.out_features(); ++column) {
      const int64_t i = row * weights.out_features() + column;
      put(out, i, at(sum, i) + dot(x, weights, row, column));
    }
  }
}

void gated_linear(Tensor& out, const Tensor& x, const LinearWeights& gate, const LinearWeights& up,
                  const Activation& activation) {
  for (int64_t row = 0; row < x.shape().rows(); ++row) {
    for (int64_t column = 0; column < gate.out_features(); ++column) {
      put(out, row * gate.out_features() + column,
          activated(activation, dot(x, gate, row, column)) * dot(x, up, row, column));
    }
  }
}

}  // namespace newbie::ops::reference
