#include "ops/reference/f8.h"

#include <algorithm>
#include <cmath>

#include "ops/f8_weights.h"
#include "ops/reference/access.h"
#include "ops/reference/elementwise.h"

namespace newbie::ops::reference {
namespace {

constexpr float kLargestE4m3 = 448.0f;
/// Rows below this are as good as zero, and the reciprocal of their scale would not be finite.
constexpr float kSmallestRow = 0x1p-100f;

/// Row `row` of x times row `column` of the weight, in numbers.
double dot(const LinearInput& x, const LinearWeights& weights, int64_t row, int64_t column) {
  const F8Weights& w = f8_weights(weights);
  const int64_t width = weights.in_features();
  double sum = 0;
  for (int64_t i = 0; i < width; ++i) {
    sum += at(x.values(), row * width + i) * at(w.codes, column * width + i);
  }
  return sum * at(x.scales(), row) * at(w.scales, column);
}

}  // namespace

void quantize_rows(Tensor& codes, const AlsoOut& scales, const Tensor& x) {
  const int64_t width = x.dim(-1);
  for (int64_t row = 0; row < x.shape().rows(); ++row) {
    float largest = 0;
    for (int64_t i = 0; i < width; ++i) {
      largest = std::fmax(largest, static_cast<float>(std::abs(at(x, row * width + i))));
    }
    const bool zero = largest < kSmallestRow;
    const float inverse = zero ? 1.0f : kLargestE4m3 / largest;
    put(scales.tensor, row, zero ? 1.0f : largest / kLargestE4m3);
    for (int64_t i = 0; i < width; ++i) {
      put(codes, row * width + i, static_cast<float>(at(x, row * width + i)) * inverse);
    }
  }
}

void linear_f8(Tensor& out, const LinearInput& x, const LinearWeights& weights,
               const Activation& activation) {
  const int64_t columns = weights.out_features();
  for (int64_t i = 0; i < out.numel(); ++i) {
    double y = dot(x, weights, i / columns, i % columns);
    if (weights.bias().defined()) y += at(weights.bias(), i % columns);
    put(out, i, activated(activation, y));
  }
}

void gated_linear_f8(Tensor& out, const LinearInput& x, const LinearWeights& gate,
                     const LinearWeights& up, const Activation& activation) {
  const int64_t columns = gate.out_features();
  for (int64_t i = 0; i < out.numel(); ++i) {
    const int64_t row = i / columns, column = i % columns;
    put(out, i, activated(activation, dot(x, gate, row, column)) * dot(x, up, row, column));
  }
}

}  // namespace newbie::ops::reference
