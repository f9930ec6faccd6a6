#include <cmath>
#include <numbers>
#include <vector>

#include "ops/reference/access.h"
#include "ops/reference/backward.h"
#include "ops/reference/elementwise.h"

namespace newbie::ops::reference {
namespace {

/// Another result than the first one: handles share the memory.
void put_also(const Tensor& result, int64_t i, double value) {
  Tensor writable = result;
  put(writable, i, value);
}

double rho(Distance distance, double d, double delta) {
  const double size = std::fabs(d);
  switch (distance) {
    case Distance::squared:
      return d * d;
    case Distance::absolute:
      return size;
    case Distance::huber:
      return size <= delta ? d * d / 2 : delta * (size - delta / 2);
  }
  return 0;
}

double rho_slope(Distance distance, double d, double delta) {
  const double sign = d > 0 ? 1 : d < 0 ? -1 : 0;
  switch (distance) {
    case Distance::squared:
      return 2 * d;
    case Distance::absolute:
      return sign;
    case Distance::huber:
      return std::fabs(d) <= delta ? d : delta * sign;
  }
  return 0;
}

int64_t labelled(const std::vector<int32_t>& labels) {
  return std::count_if(labels.begin(), labels.end(), [](int32_t label) { return label >= 0; });
}

/// log(sum(exp(row))).
double log_total(const Tensor& x, int64_t first, int64_t width) {
  double highest = at(x, first);
  for (int64_t c = 1; c < width; ++c) highest = std::max(highest, at(x, first + c));
  double total = 0;
  for (int64_t c = 0; c < width; ++c) total += std::exp(at(x, first + c) - highest);
  return highest + std::log(total);
}

}  // namespace

double activated_slope(Activation activation, double x) {
  switch (activation) {
    case Activation::none:
      return 1;
    case Activation::silu: {
      const double s = 1 / (1 + std::exp(-x));
      return s * (1 + x * (1 - s));
    }
    case Activation::gelu_tanh: {
      const double root = std::sqrt(2 / std::numbers::pi);
      const double t = std::tanh(root * (x + 0.044715 * x * x * x));
      return (1 + t) / 2 + x / 2 * (1 - t * t) * root * (1 + 3 * 0.044715 * x * x);
    }
    case Activation::gelu_erf:
      return std::erfc(-x / std::numbers::sqrt2) / 2 +
             x * std::exp(-x * x / 2) / std::sqrt(2 * std::numbers::pi);
  }
  return 1;
}

void activate_backward(Tensor& dx, const Tensor& dy, const Tensor& x,
                       const Activation& activation) {
  for (int64_t i = 0; i < dx.numel(); ++i) {
    put(dx, i, at(dy, i) * activated_slope(activation, at(x, i)));
  }
}

void gated_backward(Tensor& d_gate, const Tensor& d_up, const Tensor& dy, const Tensor& gate,
                    const Tensor& up, const Activation& activation) {
  for (int64_t i = 0; i < dy.numel(); ++i) {
    put(d_gate, i, at(dy, i) * at(up, i) * activated_slope(activation, at(gate, i)));
    put_also(d_up, i, at(dy, i) * activated(activation, at(gate, i)));
  }
}

void clamp_backward(Tensor& dx, const Tensor& dy, const Tensor& x, const float& low,
                    const float& high) {
  for (int64_t i = 0; i < dx.numel(); ++i) {
    const double value = at(x, i);
    const bool inside = value >= static_cast<double>(low) && value <= static_cast<double>(high);
    put(dx, i, inside ? at(dy, i) : 0);
  }
}

void sum_rows(Tensor& y, const Tensor& x) {
  const int64_t width = y.numel();
  for (int64_t d = 0; d < width; ++d) {
    double sum = 0;
    for (int64_t i = d; i < x.numel(); i += width) sum += at(x, i);
    put(y, d, sum);
  }
}

void add_to(Tensor& sum, const Tensor& part) {
  for (int64_t i = 0; i < sum.numel(); ++i) put(sum, i, at(sum, i) + at(part, i));
}

void mean_distance(Tensor& y, const Tensor& x, const Tensor& target, const Distance& distance,
                   const float& delta) {
  double sum = 0;
  for (int64_t i = 0; i < x.numel(); ++i) {
    sum += rho(distance, at(x, i) - at(target, i), static_cast<double>(delta));
  }
  put(y, 0, sum / static_cast<double>(x.numel()));
}

void mean_distance_backward(Tensor& dx, const Tensor& dy, const Tensor& x, const Tensor& target,
                            const Distance& distance, const float& delta) {
  const double share = at(dy, 0) / static_cast<double>(x.numel());
  for (int64_t i = 0; i < x.numel(); ++i) {
    const double d = at(x, i) - at(target, i);
    put(dx, i, share * rho_slope(distance, d, static_cast<double>(delta)));
  }
}

void cross_entropy(Tensor& y, const Tensor& x, const std::vector<int32_t>& labels) {
  const int64_t width = x.dim(1);
  double sum = 0;
  for (int64_t row = 0; row < x.dim(0); ++row) {
    const int32_t label = labels[static_cast<size_t>(row)];
    if (label < 0) continue;
    sum += log_total(x, row * width, width) - at(x, row * width + label);
  }
  put(y, 0, sum / static_cast<double>(std::max<int64_t>(labelled(labels), 1)));
}

void cross_entropy_backward(Tensor& dx, const Tensor& dy, const Tensor& x,
                            const std::vector<int32_t>& labels) {
  const int64_t width = x.dim(1);
  const double share = at(dy, 0) / static_cast<double>(std::max<int64_t>(labelled(labels), 1));
  for (int64_t row = 0; row < x.dim(0); ++row) {
    const int32_t label = labels[static_cast<size_t>(row)];
    const double total = label < 0 ? 0 : log_total(x, row * width, width);
    for (int64_t c = 0; c < width; ++c) {
      const int64_t i = row * width + c;
      put(dx, i, label < 0 ? 0 : share * (std::exp(at(x, i) - total) - (c == label ? 1 : 0)));
    }
  }
}

void normal_divergence(Tensor& y, const Tensor& mean, const Tensor& logvar) {
  double sum = 0;
  for (int64_t i = 0; i < mean.numel(); ++i) {
    const double m = at(mean, i), v = at(logvar, i);
    sum += (m * m + std::exp(v) - 1 - v) / 2;
  }
  put(y, 0, sum / static_cast<double>(mean.numel()));
}

void normal_divergence_backward(Tensor& d_mean, const Tensor& d_logvar, const Tensor& dy,
                                const Tensor& mean, const Tensor& logvar) {
  const double share = at(dy, 0) / static_cast<double>(mean.numel());
  for (int64_t i = 0; i < mean.numel(); ++i) {
    put(d_mean, i, share * at(mean, i));
    put_also(d_logvar, i, share * (std::exp(at(logvar, i)) - 1) / 2);
  }
}

void sample_normal(Tensor& y, const Tensor& mean, const Tensor& logvar, const Tensor& noise) {
  for (int64_t i = 0; i < y.numel(); ++i) {
    put(y, i, at(mean, i) + std::exp(at(logvar, i) / 2) * at(noise, i));
  }
}

void sample_normal_backward(Tensor& d_logvar, const Tensor& dy, const Tensor& logvar,
                            const Tensor& noise) {
  for (int64_t i = 0; i < dy.numel(); ++i) {
    put(d_logvar, i, at(dy, i) * std::exp(at(logvar, i) / 2) * at(noise, i) / 2);
  }
}

}  // namespace newbie::ops::reference
