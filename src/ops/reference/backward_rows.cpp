#include <cmath>
#include <vector>

#include "ops/reference/access.h"
#include "ops/reference/backward.h"
#include "ops/reference/elementwise.h"

namespace newbie::ops::reference {
namespace {

void put_also(const Tensor& result, int64_t i, double value) {
  if (!result.defined()) return;
  Tensor writable = result;
  put(writable, i, value);
}

struct Moments {
  double mean;
  double root;  ///< 1 / sqrt(variance + eps), of the squares where the mean is left alone
};

template <class Index>
Moments moments(const Tensor& x, int64_t count, bool centred, float eps, const Index& index) {
  double mean = 0, squares = 0;
  if (centred) {
    for (int64_t i = 0; i < count; ++i) mean += at(x, index(i));
    mean /= static_cast<double>(count);
  }
  for (int64_t i = 0; i < count; ++i) {
    const double distance = at(x, index(i)) - mean;
    squares += distance * distance;
  }
  return {mean, 1 / std::sqrt(squares / static_cast<double>(count) + static_cast<double>(eps))};
}

double plain_weight(const Tensor& weight, RmsWeight kind, int64_t d) {
  return (weight.defined() ? at(weight, d) : 1) + (kind == RmsWeight::one_plus ? 1 : 0);
}

double modulated(Modulation how, const Tensor& modulation, int64_t i) {
  if (how == Modulation::none) return 1;
  const double m = at(modulation, i);
  return how == Modulation::scale ? 1 + m : std::tanh(m);
}

}  // namespace

void row_norm_backward(Tensor& dx, const RowSums& sums, const Tensor& dy, const Tensor& x,
                       const Tensor& factor, const RowStatistic& statistic, const float& eps,
                       const Packing& sequences) {
  const int64_t width = x.dim(-1);
  const bool centred = statistic == RowStatistic::moments;
  for (int64_t b = 0; b < sequences.count(); ++b) {
    std::vector<double> products(static_cast<size_t>(width)), plain(products);
    for (int64_t s = sequences.begin(b); s < sequences.end(b); ++s) {
      const auto index = [&](int64_t d) { return s * width + d; };
      const Moments m = moments(x, width, centred, eps, index);
      const auto x_hat = [&](int64_t d) { return (at(x, index(d)) - m.mean) * m.root; };
      double mean = 0, mean_product = 0;
      for (int64_t d = 0; d < width; ++d) {
        const double g = at(dy, index(d)) * at(factor, b * width + d);
        mean += g;
        mean_product += g * x_hat(d);
        products[static_cast<size_t>(d)] += at(dy, index(d)) * x_hat(d);
        plain[static_cast<size_t>(d)] += at(dy, index(d));
      }
      mean = centred ? mean / static_cast<double>(width) : 0;
      mean_product /= static_cast<double>(width);
      for (int64_t d = 0; d < width; ++d) {
        const double g = at(dy, index(d)) * at(factor, b * width + d);
        put(dx, index(d), m.root * (g - mean - x_hat(d) * mean_product));
      }
    }
    for (int64_t d = 0; d < width; ++d) {
      put_also(sums.products, b * width + d, products[static_cast<size_t>(d)]);
      if (centred) put_also(sums.plain, b * width + d, plain[static_cast<size_t>(d)]);
    }
  }
}

void row_factors(Tensor& factor, const Tensor& weight, const RmsWeight& kind,
                 const Tensor& modulation, const Modulation& how) {
  const int64_t width = factor.dim(1);
  for (int64_t i = 0; i < factor.numel(); ++i) {
    put(factor, i, plain_weight(weight, kind, i % width) * modulated(how, modulation, i));
  }
}

void row_factors_backward(Tensor& d_weight, const Tensor& d_modulation, const Tensor& products,
                          const Tensor& weight, const RmsWeight& kind, const Tensor& modulation,
                          const Modulation& how) {
  const int64_t width = products.dim(1);
  for (int64_t d = 0; d < width; ++d) {
    double sum = 0;
    for (int64_t i = d; i < products.numel(); i += width) {
      sum += at(products, i) * modulated(how, modulation, i);
      if (how == Modulation::none) continue;
      const double m = modulated(how, modulation, i);
      const double slope = how == Modulation::scale ? 1 : 1 - m * m;
      put_also(d_modulation, i, at(products, i) * plain_weight(weight, kind, d) * slope);
    }
    put(d_weight, d, sum);
  }
}

void group_norm_backward(Tensor& dx, const Tensor& d_weight, const Tensor& d_bias, const Tensor& dy,
                         const Tensor& x, const int64_t& groups, const Tensor& weight,
                         const Tensor& bias, const float& eps, const Activation& activation) {
  const int64_t channels = x.dim(3), width = channels / groups, pixels = x.dim(1) * x.dim(2);
  const int64_t count = pixels * width;
  std::vector<double> products(static_cast<size_t>(channels)), plain(products);
  for (int64_t item = 0; item < x.dim(0) * groups; ++item) {
    const int64_t first_channel = item % groups * width;
    const int64_t first = item / groups * pixels * channels + first_channel;
    const auto index = [&](int64_t i) { return first + i / width * channels + i % width; };
    const Moments m = moments(x, count, true, eps, index);
    const auto x_hat = [&](int64_t i) { return (at(x, index(i)) - m.mean) * m.root; };
    const auto slope = [&](int64_t i) {
      const int64_t c = first_channel + i % width;
      return at(dy, index(i)) * activated_slope(activation, x_hat(i) * at(weight, c) + at(bias, c));
    };
    double mean = 0, mean_product = 0;
    for (int64_t i = 0; i < count; ++i) {
      const auto c = static_cast<size_t>(first_channel + i % width);
      const double g = slope(i), w = at(weight, static_cast<int64_t>(c));
      mean += g * w / static_cast<double>(count);
      mean_product += g * w * x_hat(i) / static_cast<double>(count);
      products[c] += g * x_hat(i);
      plain[c] += g;
    }
    for (int64_t i = 0; i < count; ++i) {
      const double g = slope(i) * at(weight, first_channel + i % width);
      put(dx, index(i), m.root * (g - mean - x_hat(i) * mean_product));
    }
  }
  for (int64_t c = 0; c < channels; ++c) {
    put_also(d_weight, c, products[static_cast<size_t>(c)]);
    put_also(d_bias, c, plain[static_cast<size_t>(c)]);
  }
}

void place(Tensor& out, const Tensor& image, const int64_t& top, const int64_t& left,
           const int64_t& step) {
  const int64_t h = image.dim(1), w = image.dim(2), channels = image.dim(3);
  for (int64_t i = 0; i < image.numel(); ++i) {
    const int64_t c = i % channels, column = i / channels % w, row = i / (channels * w) % h;
    const int64_t b = i / (channels * w * h);
    const int64_t y = top + row * step, x = left + column * step;
    put(out, ((b * out.dim(1) + y) * out.dim(2) + x) * channels + c, at(image, i));
  }
}

void average_2x2(Tensor& y, const Tensor& image) {
  const int64_t h = y.dim(1), w = y.dim(2), channels = y.dim(3);
  for (int64_t i = 0; i < y.numel(); ++i) {
    const int64_t c = i % channels, column = i / channels % w, row = i / (channels * w) % h;
    const int64_t b = i / (channels * w * h);
    double sum = 0;
    for (int64_t k = 0; k < 4; ++k) {
      const int64_t from = (b * 2 * h + 2 * row + k / 2) * 2 * w + 2 * column + k % 2;
      sum += at(image, from * channels + c);
    }
    put(y, i, sum / 4);
  }
}

void scatter_rows(Tensor& y, const Tensor& dy, const std::vector<int64_t>& indices,
                  const float& scale) {
  const int64_t width = y.dim(1);
  std::vector<double> sums(static_cast<size_t>(y.numel()));
  for (size_t i = 0; i < indices.size(); ++i) {
    for (int64_t d = 0; d < width; ++d) {
      sums[static_cast<size_t>(indices[i] * width + d)] +=
          at(dy, static_cast<int64_t>(i) * width + d) * static_cast<double>(scale);
    }
  }
  for (int64_t i = 0; i < y.numel(); ++i) put(y, i, sums[static_cast<size_t>(i)]);
}

void spread_rows(Tensor& y, const Tensor& dy, const Packing& sequences) {
  const int64_t width = y.dim(1);
  for (int64_t b = 0; b < sequences.count(); ++b) {
    const auto rows = static_cast<double>(sequences.length(b));
    for (int64_t i = sequences.begin(b) * width; i < sequences.end(b) * width; ++i) {
      put(y, i, at(dy, b * width + i % width) / rows);
    }
  }
}

}  // namespace newbie::ops::reference
