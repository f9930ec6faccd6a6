#include <cmath>
#include <limits>
#include <vector>

#include "ops/reference/access.h"
#include "ops/reference/attention.h"
#include "ops/reference/backward.h"

namespace newbie::ops::reference {
namespace {

/// Sums in double, rounded at the end.
class Sums {
 public:
  explicit Sums(const Tensor& result)
      : result_(result), sums_(static_cast<size_t>(result.numel())) {}
  double& operator[](int64_t i) { return sums_[static_cast<size_t>(i)]; }
  void finish() {
    for (int64_t i = 0; i < result_.numel(); ++i) put(result_, i, (*this)[i]);
  }

 private:
  Tensor result_;
  std::vector<double> sums_;
};

}  // namespace

void linear_input_gradient(Tensor& dx, const Tensor& dy, const LinearWeights& weights) {
  const int64_t in = weights.in_features(), out = weights.out_features();
  Sums sums(dx);
  for (int64_t row = 0; row < dy.shape().rows(); ++row) {
    for (int64_t o = 0; o < out; ++o) {
      const double g = at(dy, row * out + o);
      for (int64_t i = 0; i < in; ++i) {
        sums[row * in + i] += g * rounded(dy.dtype(), at(weights.weight(), o * in + i));
      }
    }
  }
  sums.finish();
}

void linear_weight_gradient(Tensor& dw, const Tensor& dy, const Tensor& x) {
  const int64_t out = dw.dim(0), in = dw.dim(1);
  Sums sums(dw);
  for (int64_t row = 0; row < dy.shape().rows(); ++row) {
    for (int64_t o = 0; o < out; ++o) {
      const double g = at(dy, row * out + o);
      for (int64_t i = 0; i < in; ++i) sums[o * in + i] += g * at(x, row * in + i);
    }
  }
  sums.finish();
}

void attention_backward(Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& dy,
                        const Tensor& q, const Tensor& k, const Tensor& v, const Packing& sequences,
                        const AttentionOptions& options, const KeptAttention& kept) {
  const int64_t heads = q.dim(1), kv_heads = k.dim(1), width = q.dim(2);
  Sums q_sums(dq), k_sums(dk), v_sums(dv);
  const double scale = static_cast<double>(options.scale);
  int64_t place = 0;  // among sequences that are not empty
  for (int64_t b = 0; b < sequences.count(); ++b) {
    const int64_t begin = sequences.begin(b), length = sequences.length(b);
    const Tensor log_sums = length > 0 ? kept.log_sums_of(place++, 1) : Tensor();
    for (int64_t i = 0; i < length; ++i) {
      for (int64_t head = 0; head < heads; ++head) {
        const int64_t query = ((begin + i) * heads + head) * width;
        const auto key = [&](int64_t j) {
          return ((begin + j) * kv_heads + head * kv_heads / heads) * width;
        };
        const std::vector<double> scores = attention_scores(q, k, sequences, options, b, i, head);
        const std::vector<double> weights =
            softmax_of(scores, log_sums.defined() ? at(log_sums, head * log_sums.dim(2) + i)
                                                  : log_sum_of(scores));
        std::vector<double> slopes(weights.size());  // of the loss, by the weight
        double mean = 0;
        for (int64_t j = 0; j < length; ++j) {
          const auto at_j = static_cast<size_t>(j);
          if (weights[at_j] == 0) continue;
          for (int64_t e = 0; e < width; ++e) {
            slopes[at_j] += at(dy, query + e) * at(v, key(j) + e);
            v_sums[key(j) + e] += weights[at_j] * at(dy, query + e);
          }
          mean += weights[at_j] * slopes[at_j];
        }
        for (int64_t j = 0; j < length; ++j) {
          const auto at_j = static_cast<size_t>(j);
          const double score = weights[at_j] * (slopes[at_j] - mean) * scale;
          if (score == 0) continue;
          for (int64_t e = 0; e < width; ++e) {
            q_sums[query + e] += score * at(k, key(j) + e);
            k_sums[key(j) + e] += score * at(q, query + e);
          }
        }
      }
    }
  }
  q_sums.finish();
  k_sums.finish();
  v_sums.finish();
}

namespace {

/// Calls visit(index in y, index in x, index in w) for every product of a convolution. Shapes: y
/// [B,h',w',O], x [B,h,w,I], w [O,I,kh,kw].
template <class Visit>
void each_product(const Shape& y, const Shape& x, const Shape& w, const ConvGeometry& geometry,
                  const Visit& visit) {
  for (int64_t pixel = 0; pixel < y[0] * y[1] * y[2]; ++pixel) {
    const int64_t column = pixel % y[2], row = pixel / y[2] % y[1], b = pixel / (y[1] * y[2]);
    for (int64_t tap = 0; tap < w[2] * w[3]; ++tap) {
      const int64_t from_y = row * geometry.stride - geometry.top + tap / w[3];
      const int64_t from_x = column * geometry.stride - geometry.left + tap % w[3];
      if (from_y < 0 || from_y >= x[1] || from_x < 0 || from_x >= x[2]) continue;
      const int64_t from = ((b * x[1] + from_y) * x[2] + from_x) * x[3];
      for (int64_t o = 0; o < w[0]; ++o) {
        for (int64_t i = 0; i < w[1]; ++i) {
          visit(pixel * w[0] + o, from + i, (o * w[1] + i) * w[2] * w[3] + tap);
        }
      }
    }
  }
}

}  // namespace

void conv2d_input_gradient(Tensor& dx, const Tensor& dy, const Tensor& weight,
                           const ConvGeometry& geometry) {
  Sums sums(dx);
  each_product(dy.shape(), dx.shape(), weight.shape(), geometry,
               [&](int64_t y, int64_t x, int64_t w) {
                 sums[x] += at(dy, y) * rounded(dy.dtype(), at(weight, w));
               });
  sums.finish();
}

void conv2d_weight_gradient(Tensor& dw, const Tensor& dy, const Tensor& x,
                            const ConvGeometry& geometry) {
  Sums sums(dw);
  each_product(dy.shape(), x.shape(), dw.shape(), geometry,
               [&](int64_t y, int64_t from, int64_t w) { sums[w] += at(dy, y) * at(x, from); });
  sums.finish();
}

}  // namespace newbie::ops::reference
