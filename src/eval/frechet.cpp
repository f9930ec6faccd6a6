#include "eval/frechet.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace newbie::eval {
namespace {

using Matrix = std::vector<double>;  // [n, n], row by row

struct Normal {
  std::vector<double> mean;
  Matrix covariance;
};

Normal normal_through(std::span<const std::vector<float>> points) {
  const size_t n = points.front().size();
  const auto count = static_cast<double>(points.size());
  Normal normal{std::vector<double>(n), Matrix(n * n)};
  for (const auto& point : points) {
    check(point.size() == n, "frechet_distance: vectors of different lengths");
    for (size_t i = 0; i < n; ++i) normal.mean[i] += static_cast<double>(point[i]) / count;
  }
  std::vector<double> off(n);
  for (const auto& point : points) {
    for (size_t i = 0; i < n; ++i) off[i] = static_cast<double>(point[i]) - normal.mean[i];
    for (size_t i = 0; i < n; ++i) {
      for (size_t j = 0; j < n; ++j) normal.covariance[i * n + j] += off[i] * off[j] / (count - 1);
    }
  }
  return normal;
}

Matrix product(const Matrix& a, const Matrix& b, size_t n) {
  Matrix out(n * n);
  for (size_t i = 0; i < n; ++i) {
    for (size_t k = 0; k < n; ++k) {
      const double factor = a[i * n + k];
      for (size_t j = 0; j < n; ++j) out[i * n + j] += factor * b[k * n + j];
    }
  }
  return out;
}

double root(double value) { return std::sqrt(std::max(value, 0.0)); }

Matrix square_root(const Matrix& symmetric, size_t n) {
  const Eigen eigen = eigen_of(symmetric, n);
  Matrix scaled = eigen.vectors, transposed(n * n);
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) {
      scaled[i * n + j] *= root(eigen.values[j]);
      transposed[j * n + i] = eigen.vectors[i * n + j];
    }
  }
  return product(scaled, transposed, n);
}

double trace(const Matrix& matrix, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) sum += matrix[i * n + i];
  return sum;
}

/// Turns the plane of axes p and q so that matrix[p, q] becomes 0. Source: Golub and Van Loan, 8.5.
void rotate(Matrix& matrix, Matrix& vectors, size_t n, size_t p, size_t q) {
  const double off = matrix[p * n + q];
  if (off == 0) return;
  const double theta = (matrix[q * n + q] - matrix[p * n + p]) / (2 * off);
  const double t = (theta >= 0 ? 1 : -1) / (std::abs(theta) + std::sqrt(theta * theta + 1));
  const double c = 1 / std::sqrt(t * t + 1), s = t * c;
  for (size_t k = 0; k < n; ++k) {
    const double a = matrix[k * n + p], b = matrix[k * n + q];
    matrix[k * n + p] = c * a - s * b;
    matrix[k * n + q] = s * a + c * b;
    const double v = vectors[k * n + p], w = vectors[k * n + q];
    vectors[k * n + p] = c * v - s * w;
    vectors[k * n + q] = s * v + c * w;
  }
  for (size_t k = 0; k < n; ++k) {
    const double a = matrix[p * n + k], b = matrix[q * n + k];
    matrix[p * n + k] = c * a - s * b;
    matrix[q * n + k] = s * a + c * b;
  }
}

double off_diagonal(const Matrix& matrix, size_t n) {
  double sum = 0;
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < n; ++j) sum += i == j ? 0 : matrix[i * n + j] * matrix[i * n + j];
  }
  return sum;
}

double squared_size(const Matrix& matrix) {
  double sum = 0;
  for (const double value : matrix) sum += value * value;
  return sum;
}

}  // namespace

Eigen eigen_of(Matrix matrix, size_t n) {
  check(matrix.size() == n * n, "eigen_of: the matrix is not square");
  constexpr int kMostSweeps = 40;
  constexpr double kDone = 1e-22;  // of the squared size
  Matrix vectors(n * n);
  for (size_t i = 0; i < n; ++i) vectors[i * n + i] = 1;
  const double size = squared_size(matrix);
  for (int sweep = 0; sweep < kMostSweeps && off_diagonal(matrix, n) > kDone * size; ++sweep) {
    for (size_t p = 0; p < n; ++p) {
      for (size_t q = p + 1; q < n; ++q) rotate(matrix, vectors, n, p, q);
    }
  }
  std::vector<double> values(n);
  for (size_t i = 0; i < n; ++i) values[i] = matrix[i * n + i];
  return {std::move(values), std::move(vectors)};
}

double frechet_distance(std::span<const std::vector<float>> a,
                        std::span<const std::vector<float>> b) {
  check(a.size() > 1 && b.size() > 1, "frechet_distance: at least two points of each");
  const Normal one = normal_through(a), two = normal_through(b);
  const size_t n = one.mean.size();
  check(two.mean.size() == n, "frechet_distance: vectors of different lengths");
  double distance = trace(one.covariance, n) + trace(two.covariance, n);
  for (size_t i = 0; i < n; ++i) {
    distance += (one.mean[i] - two.mean[i]) * (one.mean[i] - two.mean[i]);
  }
  const Matrix half = square_root(one.covariance, n);
  const Matrix inner = product(product(half, two.covariance, n), half, n);
  for (const double value : eigen_of(inner, n).values) distance -= 2 * root(value);
  return std::max(distance, 0.0);
}

}  // namespace newbie::eval
