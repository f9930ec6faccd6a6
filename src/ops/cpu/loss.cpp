#include <array>
#include <cmath>

#include "ops/cpu/backward.h"
#include "ops/cpu/pieces.h"

namespace newbie::ops::cpu {
namespace {

constexpr int64_t kBlock = 1024;
using Values = std::array<float, kBlock>;

void read(const Tensor& x, int64_t first, int64_t count, Values& values) {
  kernels().convert(element_of(x.dtype()), address(x, first), 1.0f, Element::f32, values.data(),
                    count);
}

/// body(first, count) for blocks of the elements of x, on all threads.
template <class Body>
void for_blocks(const Tensor& x, const Body& body) {
  parallel_ranges(threads_for(x), x.numel(), kGrain, [&](int64_t begin, int64_t end) {
    for (int64_t first = begin; first < end; first += kBlock) {
      body(first, std::min(kBlock, end - first));
    }
  });
}

/// Sum over the elements by term(a, b), in double: blocks in order, then pieces in order.
template <class Term>
double sum_of(const Tensor& a, const Tensor& b, const Term& term) {
  std::vector<double> sums(static_cast<size_t>((a.numel() + kGrain - 1) / kGrain));
  parallel_ranges(threads_for(a), a.numel(), kGrain, [&](int64_t begin, int64_t end) {
    double sum = 0;
    Values left, right;
    for (int64_t first = begin; first < end; first += kBlock) {
      const int64_t count = std::min(kBlock, end - first);
      read(a, first, count, left);
      read(b, first, count, right);
      for (int64_t i = 0; i < count; ++i) {
        const auto k = static_cast<size_t>(i);
        sum += term(static_cast<double>(left[k]), static_cast<double>(right[k]));
      }
    }
    sums[static_cast<size_t>(begin / kGrain)] = sum;
  });
  double total = 0;
  for (double sum : sums) total += sum;
  return total;
}

/// y = f(a, b) element by element.
template <class Function>
void combine_by(const Tensor& result, const Tensor& a, const Tensor& b, const Function& function) {
  Tensor y = result;
  const Output out(y);
  for_blocks(a, [&](int64_t first, int64_t count) {
    Values left, right;
    read(a, first, count, left);
    read(b, first, count, right);
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) left[i] = function(left[i], right[i]);
    kernels().convert(Element::f32, left.data(), 1.0f, element_of(y.dtype()), out.at(first), count);
  });
}

void put(Tensor& y, double value) { *y.mutable_data<float>() = static_cast<float>(value); }

}  // namespace

void mean_distance(Tensor& y, const Tensor& x, const Tensor& target, const Distance& distance,
                   const float& delta) {
  const auto reach = static_cast<double>(delta);
  const double sum = sum_of(x, target, [&](double a, double b) {
    const double size = std::fabs(a - b);
    if (distance == Distance::absolute) return size;
    if (distance == Distance::squared) return size * size;
    return size <= reach ? size * size / 2 : reach * (size - reach / 2);
  });
  put(y, sum / static_cast<double>(x.numel()));
}

void mean_distance_backward(Tensor& dx, const Tensor& dy, const Tensor& x, const Tensor& target,
                            const Distance& distance, const float& delta) {
  const float share = *dy.data<float>() / static_cast<float>(x.numel());
  combine_by(dx, x, target, [=](float a, float b) {
    const float d = a - b;
    if (distance == Distance::squared) return 2 * share * d;
    if (distance == Distance::huber && std::fabs(d) <= delta) return share * d;
    const float size = distance == Distance::huber ? delta * share : share;
    return d > 0 ? size : d < 0 ? -size : 0.0f;
  });
}

void normal_divergence(Tensor& y, const Tensor& mean, const Tensor& logvar) {
  const double sum =
      sum_of(mean, logvar, [](double m, double v) { return (m * m + std::exp(v) - 1 - v) / 2; });
  put(y, sum / static_cast<double>(mean.numel()));
}

void normal_divergence_backward(Tensor& d_mean, const Tensor& d_logvar, const Tensor& dy,
                                const Tensor& mean, const Tensor& logvar) {
  const float share = *dy.data<float>() / static_cast<float>(mean.numel());
  combine_by(d_mean, mean, logvar, [=](float m, float) { return share * m; });
  combine_by(d_logvar, mean, logvar, [=](float, float v) { return share * 0.5f * std::expm1(v); });
}

void sample_normal(Tensor& y, const Tensor& mean, const Tensor& logvar, const Tensor& noise) {
  const Tensor spread = Tensor::empty(y.shape(), DType::f32, y.device());
  combine_by(spread, logvar, noise, [](float v, float n) { return std::exp(v / 2) * n; });
  combine_by(y, mean, spread, [](float m, float s) { return m + s; });
}

void sample_normal_backward(Tensor& d_logvar, const Tensor& dy, const Tensor& logvar,
                            const Tensor& noise) {
  const Tensor spread = Tensor::empty(dy.shape(), DType::f32, dy.device());
  combine_by(spread, logvar, noise, [](float v, float n) { return std::exp(v / 2) * n / 2; });
  combine_by(d_logvar, dy, spread, [](float g, float s) { return g * s; });
}

}  // namespace newbie::ops::cpu
