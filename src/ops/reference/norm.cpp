#include "ops/reference/norm.h"

#include <cmath>

#include "ops/reference/access.h"
#include "ops/reference/elementwise.h"

namespace newbie::ops::reference {
namespace {

struct Moments {
  double mean;
  double variance;
};

/// Of the elements index(0) ... index(count - 1) of x.
template <class Index>
Moments moments(const Tensor& x, int64_t count, const Index& index) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += at(x, index(i));
  const double mean = sum / static_cast<double>(count);
  double squares = 0;
  for (int64_t i = 0; i < count; ++i) {
    const double distance = at(x, index(i)) - mean;
    squares += distance * distance;
  }
  return {mean, squares / static_cast<double>(count)};
}

/// What modulations are rounded to: f32, which doubles outrank.
DType factor_type(const Tensor& y) { return y.dtype() == DType::f64 ? DType::f64 : DType::f32; }

/// y = x * (1 + scale[b]), 1 + scale in f32.
void modulate(Tensor& y, const Tensor& x, const Tensor& scale, const Packing& sequences) {
  const int64_t width = x.dim(1);
  for (int64_t b = 0; b < sequences.count(); ++b) {
    for (int64_t i = sequences.begin(b) * width; i < sequences.end(b) * width; ++i) {
      const double factor = rounded(factor_type(y), 1 + at(scale, b * width + i % width));
      put(y, i, at(x, i) * factor);
    }
  }
}

/// y = x + tanh(gate[b]) * branch, tanh(gate) in f32.
void add_gated(Tensor& y, const Tensor& x, const Tensor& branch, const Tensor& gate,
               const Packing& sequences) {
  const int64_t width = x.dim(1);
  for (int64_t b = 0; b < sequences.count(); ++b) {
    for (int64_t i = sequences.begin(b) * width; i < sequences.end(b) * width; ++i) {
      const double factor = rounded(factor_type(y), std::tanh(at(gate, b * width + i % width)));
      put(y, i, at(x, i) + factor * at(branch, i));
    }
  }
}

}  // namespace

void rms_norm(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
              const RmsWeight& kind) {
  const int64_t width = x.dim(-1);
  for (int64_t first = 0; first < x.numel(); first += width) {
    double squares = 0;
    for (int64_t d = 0; d < width; ++d) squares += at(x, first + d) * at(x, first + d);
    const double mean = squares / static_cast<double>(width);
    const double scale = 1 / std::sqrt(mean + static_cast<double>(eps));
    for (int64_t d = 0; d < width; ++d) {
      const double x_hat = at(x, first + d) * scale;
      const double w = at(weight, d);
      put(y, first + d, kind == RmsWeight::plain ? rounded(y.dtype(), x_hat) * w : x_hat * (1 + w));
    }
  }
}

void rms_norm_modulate(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
                       const Tensor& scale, const Packing& sequences) {
  Tensor normed = between(x);
  rms_norm(normed, x, weight, eps, RmsWeight::plain);
  modulate(y, normed, scale, sequences);
}

void add_gated_rms_norm(Tensor& y, const Tensor& x, const Tensor& branch, const Tensor& weight,
                        const float& eps, const Tensor& gate, const Packing& sequences) {
  Tensor normed = between(x);
  rms_norm(normed, branch, weight, eps, RmsWeight::plain);
  add_gated(y, x, normed, gate, sequences);
}

void add_rms_norm(Tensor& y, const Tensor& x, const Tensor& branch, const Tensor& weight,
                  const float& eps, const RmsWeight& kind) {
  Tensor normed = between(x);
  rms_norm(normed, branch, weight, eps, kind);
  add(y, x, normed);
}

void layer_norm(Tensor& y, const Tensor& x, const Tensor& weight, const Tensor& bias,
                const float& eps) {
  const int64_t width = x.dim(-1);
  for (int64_t first = 0; first < x.numel(); first += width) {
    const Moments m = moments(x, width, [&](int64_t d) { return first + d; });
    const double scale = 1 / std::sqrt(m.variance + static_cast<double>(eps));
    for (int64_t d = 0; d < width; ++d) {
      const double x_hat = (at(x, first + d) - m.mean) * scale;
      put(y, first + d, weight.defined() ? x_hat * at(weight, d) + at(bias, d) : x_hat);
    }
  }
}

void layer_norm_modulate(Tensor& y, const Tensor& x, const float& eps, const Tensor& scale,
                         const Packing& sequences) {
  Tensor normed = between(x);
  layer_norm(normed, x, {}, {}, eps);
  modulate(y, normed, scale, sequences);
}

void group_norm(Tensor& y, const Tensor& x, const int64_t& groups, const Tensor& weight,
                const Tensor& bias, const float& eps, const Activation& activation) {
  const int64_t channels = x.dim(3), width = channels / groups, pixels = x.dim(1) * x.dim(2);
  for (int64_t item = 0; item < x.dim(0) * groups; ++item) {
    const int64_t first_channel = item % groups * width;
    const int64_t first = item / groups * pixels * channels + first_channel;
    const auto index = [&](int64_t i) { return first + i / width * channels + i % width; };
    const Moments m = moments(x, pixels * width, index);
    const double scale = 1 / std::sqrt(m.variance + static_cast<double>(eps));
    for (int64_t i = 0; i < pixels * width; ++i) {
      const int64_t channel = first_channel + i % width;
      const double x_hat = (at(x, index(i)) - m.mean) * scale;
      put(y, index(i), activated(activation, x_hat * at(weight, channel) + at(bias, channel)));
    }
  }
}

}  // namespace newbie::ops::reference
