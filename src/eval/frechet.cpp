#include "eval/frechet.h"

#include <Eigen/Eigenvalues>
#include <algorithm>

#include "base/error.h"

namespace newbie::eval {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

struct Normal {
  VectorXd mean;
  MatrixXd covariance;
};

Normal normal_through(std::span<const std::vector<float>> points) {
  const auto width = static_cast<Eigen::Index>(points.front().size());
  const auto count = static_cast<Eigen::Index>(points.size());
  MatrixXd rows(count, width);
  for (Eigen::Index i = 0; i < count; ++i) {
    const std::vector<float>& point = points[static_cast<size_t>(i)];
    check(static_cast<Eigen::Index>(point.size()) == width,
          "frechet_distance: vectors of different lengths");
    rows.row(i) = Eigen::Map<const Eigen::RowVectorXf>(point.data(), width).cast<double>();
  }
  const VectorXd mean = rows.colwise().mean();
  rows.rowwise() -= mean.transpose();
  return {mean, rows.transpose() * rows / static_cast<double>(count - 1)};
}

/// Rounding makes small values negative.
VectorXd roots(const VectorXd& values) { return values.cwiseMax(0.0).cwiseSqrt(); }

MatrixXd square_root(const MatrixXd& symmetric) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> eigen(symmetric);
  const MatrixXd& axes = eigen.eigenvectors();
  return axes * roots(eigen.eigenvalues()).asDiagonal() * axes.transpose();
}

}  // namespace

double frechet_distance(std::span<const std::vector<float>> a,
                        std::span<const std::vector<float>> b) {
  check(a.size() > 1 && b.size() > 1, "frechet_distance: at least two points of each");
  const Normal one = normal_through(a), two = normal_through(b);
  check(one.mean.size() == two.mean.size(), "frechet_distance: vectors of different lengths");
  const MatrixXd half = square_root(one.covariance);
  const Eigen::SelfAdjointEigenSolver<MatrixXd> inner(half * two.covariance * half,
                                                      Eigen::EigenvaluesOnly);
  const double distance = (one.mean - two.mean).squaredNorm() + one.covariance.trace() +
                          two.covariance.trace() - 2 * roots(inner.eigenvalues()).sum();
  return std::max(distance, 0.0);
}

}  // namespace newbie::eval
