/// Vectors lie in rows throughout: a product x W^T with the matrix or its transpose as W then needs
/// nothing turned around. Orthogonality is kept by summing in double, twice over.
#include "adapters/low_rank.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
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

/// Rows x^T x of all pairs of rows.
Eigen::MatrixXd gram(const Tensor& rows) {
  const int64_t n = rows.dim(0), width = rows.dim(1);
  Eigen::MatrixXd out(n, n);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = i; j < n; ++j) {
      out(i, j) = out(j, i) =
          dot(rows.data<float>() + i * width, rows.data<float>() + j * width, width);
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

  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(gram(b));
  check(eigen.info() == Eigen::Success,
        "best_low_rank: the matrix holds values that are not finite");
  const Eigen::VectorXd& values = eigen.eigenvalues();  // ascending
  int64_t kept = 0;
  while (kept < std::min(rank, k) && values[k - 1 - kept] > 1e-13 * values[k - 1]) ++kept;
  kept = std::max<int64_t>(kept, 1);  // nothing differs: a pair of zeros

  // Row i of left and right: direction i, times and divided by the root of its singular value.
  std::vector<float> left, right;
  for (int64_t i = 0; i < kept; ++i) {
    const double sigma = std::sqrt(std::max(0.0, values[k - 1 - i]));
    const double root = std::sqrt(sigma);
    for (int64_t j = 0; j < k; ++j) {
      const double direction = eigen.eigenvectors()(j, k - 1 - i);
      left.push_back(static_cast<float>(direction * root));
      right.push_back(root > 0 ? static_cast<float>(direction / root) : 0.0f);
    }
  }
  const Shape mixing{kept, k};
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
