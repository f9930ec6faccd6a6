#include "ops/reference/elementwise.h"

#include <cmath>
#include <numbers>

#include "ops/reference/access.h"

namespace newbie::ops::reference {

double activated(Activation activation, double x) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::silu:
      return x / (1 + std::exp(-x));
    case Activation::gelu_tanh: {
      const double inner = std::sqrt(2 / std::numbers::pi) * (x + 0.044715 * x * x * x);
      return x / 2 * (1 + std::tanh(inner));
    }
    case Activation::gelu_erf:
      // erfc(-u) is 1 + erf(u) without its cancellation for negative u.
      return x / 2 * std::erfc(-x / std::numbers::sqrt2);
  }
  return x;
}

void activate(Tensor& y, const Tensor& x, const Activation& activation) {
  for (int64_t i = 0; i < y.numel(); ++i) put(y, i, activated(activation, at(x, i)));
}

void add(Tensor& y, const Tensor& a, const Tensor& b) {
  for (int64_t i = 0; i < y.numel(); ++i) put(y, i, at(a, i) + at(b, i % b.numel()));
}

void gated(Tensor& y, const Tensor& gate, const Tensor& up, const Activation& activation) {
  for (int64_t i = 0; i < y.numel(); ++i) put(y, i, activated(activation, at(gate, i)) * at(up, i));
}

void combine(Tensor& y, const std::vector<std::pair<float, Tensor>>& terms) {
  for (int64_t i = 0; i < y.numel(); ++i) {
    double sum = 0;
    for (const auto& [coefficient, x] : terms) sum += static_cast<double>(coefficient) * at(x, i);
    put(y, i, sum);
  }
}

void affine(Tensor& y, const Tensor& x, const float& scale, const float& shift) {
  for (int64_t i = 0; i < y.numel(); ++i) {
    put(y, i, at(x, i) * static_cast<double>(scale) + static_cast<double>(shift));
  }
}

void clamp(Tensor& y, const Tensor& x, const float& low, const float& high) {
  for (int64_t i = 0; i < y.numel(); ++i) {
    double value = at(x, i);
    if (value < static_cast<double>(low)) value = static_cast<double>(low);
    if (value > static_cast<double>(high)) value = static_cast<double>(high);
    put(y, i, value);
  }
}

void cast(Tensor& y, const Tensor& x, const DType&) {
  for (int64_t i = 0; i < y.numel(); ++i) put(y, i, at(x, i));
}

}  // namespace newbie::ops::reference
