/// Vectors lie in rows throughout: a product x W^T with the matrix or its transpose as W then needs
/// nothing turned around. Orthogonality is kept by summing in double, twice over; the small
/// eigenproblem at the end is solved by Jacobi's rotations, which are exact for tiny values too.
#include "adapters/low_rank.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "adapters/delta.h"
#include "nn/linear.h"
#include "ops/elementwise.h"
#include "tensor/rng_newbie_math.h"

namespace newbie::adapters {
namespace {

constexpr int64_t kOversampling = 8;
constexpr int kPowerSteps = 2;

double dot(const float* a, const float* b, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; ++i) sum += double{a[i]} * double{b[i]};
  return sum;
}

double norm_of(const Tensor& x) {
  return std::sqrt(dot(x.data<float>(), x.data<float>(), x.numel()));
}

Tensor gaussian_rows(int64_t rows, int64_t columns, uint64_t seed, const Device& device) {
  std::vector<float> values(static_cast<size_t>(rows * columns + 3));
  for (size_t i = 0; i < values.size() - 3; i += 4) {
    const PhiloxWords block = noise::words(seed, 0, 0, i / 4);
    const noise::Pair first = noise::normal_pair(block.word[0], block.word[1]);
    const noise::Pair second = noise::normal_pair(block.word[2], block.word[3]);
    const std::array<float, 4> drawn{first.first, first.second, second.first, second.second};
    std::copy_n(drawn.begin(), std::min<size_t>(4, values.size() - i),
                values.begin() + static_cast<std::ptrdiff_t>(i));
  }
  values.resize(static_cast<size_t>(rows * columns));
  return Tensor::from(values, Shape{rows, columns}, device);
}

/// Rows made orthogonal to those before them, of length 1; what has no direction of its own
/// becomes 0. `rows` was made by its caller and seen by nobody else.
void orthonormalize(Tensor& rows) {
  const int64_t width = rows.dim(1);
  float* const values = rows.mutable_data<float>();
  for (int64_t i = 0; i < rows.dim(0); ++i) {
    float* row = values + i * width;
    const double before = std::sqrt(dot(row, row, width));
    for (int pass = 0; pass < 2; ++pass) {
      for (int64_t j = 0; j < i; ++j) {
        const float* other = values + j * width;
        const auto along = static_cast<float>(dot(row, other, width));
        for (int64_t c = 0; c < width; ++c) row[c] -= along * other[c];
      }
    }
    const double length = std::sqrt(dot(row, row, width));
    constexpr double kNothingNew = 1e-6;  // what is left is rounding
    const double factor = length > kNothingNew * before && length > 0 ? 1 / length : 0;
    for (int64_t c = 0; c < width; ++c) row[c] = static_cast<float>(factor * double{row[c]});
  }
}

/// Eigenvalues and vectors of a small symmetric matrix.
struct Eigen {
  std::vector<double> values;
  std::vector<double> vectors;  ///< column j belongs to value j
};

Eigen eigen_of(std::vector<double> a, size_t n) {
  Eigen out{std::vector<double>(n), std::vector<double>(n * n, 0.0)};
  for (size_t i = 0; i < n; ++i) out.vectors[i * n + i] = 1;
  constexpr int kMostSweeps = 40;
  for (int sweep = 0; sweep < kMostSweeps; ++sweep) {
    bool turned = false;
    for (size_t p = 0; p < n; ++p) {
      for (size_t q = p + 1; q < n; ++q) {
        const double off = a[p * n + q];
        if (std::fabs(off) <= 1e-15 * std::sqrt(std::fabs(a[p * n + p] * a[q * n + q]))) continue;
        turned = true;
        const double theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
        const double t = (theta >= 0 ? 1.0 : -1.0) / (std::fabs(theta) + std::hypot(theta, 1.0));
        const double c = 1 / std::hypot(t, 1.0), s = t * c;
        for (size_t k = 0; k < n; ++k) {
          const double x = a[k * n + p], y = a[k * n + q];
          a[k * n + p] = c * x - s * y;
          a[k * n + q] = s * x + c * y;
        }
        for (size_t k = 0; k < n; ++k) {
          const double x = a[p * n + k], y = a[q * n + k];
          a[p * n + k] = c * x - s * y;
          a[q * n + k] = s * x + c * y;
          const double u = out.vectors[k * n + p], v = out.vectors[k * n + q];
          out.vectors[k * n + p] = c * u - s * v;
          out.vectors[k * n + q] = s * u + c * v;
        }
      }
    }
    if (!turned) break;
  }
  for (size_t i = 0; i < n; ++i) out.values[i] = a[i * n + i];
  return out;
}

/// Rows x^T x of all pairs of rows.
std::vector<double> gram(const Tensor& rows) {
  const int64_t n = rows.dim(0), width = rows.dim(1);
  std::vector<double> out(static_cast<size_t>(n * n));
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = i; j < n; ++j) {
      const double value =
          dot(rows.data<float>() + i * width, rows.data<float>() + j * width, width);
      out[static_cast<size_t>(i * n + j)] = out[static_cast<size_t>(j * n + i)] = value;
    }
  }
  return out;
}

}  // namespace

LowRankPair best_low_rank(const Tensor& matrix, int64_t rank, uint64_t seed) {
  check(matrix.rank() == 2 && rank > 0, "best_low_rank: a matrix and a rank above 0");
  const int64_t m = matrix.dim(0), n = matrix.dim(1);
  const int64_t k = std::min({rank + kOversampling, m, n});
  const Tensor turned = transposed(matrix);
  LowRankPair out;
  out.norm = norm_of(matrix);

  // Rows of q span what the matrix does: q [k,m].
  Tensor q = nn::product(gaussian_rows(k, n, seed, matrix.device()), matrix);
  orthonormalize(q);
  for (int step = 0; step < kPowerSteps; ++step) {
    Tensor back = nn::product(q, turned);
    orthonormalize(back);
    q = nn::product(back, matrix);
    orthonormalize(q);
  }
  const Tensor b = nn::product(q, turned);  // [k,n]; the matrix is close to q^T b

  const auto count = static_cast<size_t>(k);
  const Eigen eigen = eigen_of(gram(b), count);
  std::vector<size_t> order(count);
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, std::greater(), [&](size_t i) { return eigen.values[i]; });
  const double largest = std::max(0.0, eigen.values[order[0]]);
  std::erase_if(order, [&](size_t i) { return eigen.values[i] <= 1e-13 * largest; });
  order.resize(std::min(order.size(), static_cast<size_t>(rank)));
  if (order.empty()) order = {0};  // nothing differs: a pair of zeros

  // Row i of left and right: direction i, times and divided by the root of its singular value.
  std::vector<float> left(order.size() * count), right(order.size() * count);
  for (size_t i = 0; i < order.size(); ++i) {
    const double sigma = std::sqrt(std::max(0.0, eigen.values[order[i]]));
    const double root = std::sqrt(sigma);
    for (size_t j = 0; j < count; ++j) {
      const double direction = eigen.vectors[j * count + order[i]];
      left[i * count + j] = static_cast<float>(direction * root);
      right[i * count + j] = root > 0 ? static_cast<float>(direction / root) : 0.0f;
    }
  }
  const Shape mixing{static_cast<int64_t>(order.size()), k};
  const auto mix = [&](const std::vector<float>& weights, const Tensor& rows) {
    return nn::product(Tensor::from(weights, mixing, matrix.device()), transposed(rows));
  };
  out.up = transposed(mix(left, q));
  out.down = mix(right, b);
  const Tensor rest =
      ops::combine({{1.0f, matrix}, {-1.0f, nn::product(out.up, transposed(out.down))}});
  out.error = norm_of(rest);
  return out;
}

}  // namespace newbie::adapters
