#include "world/geometry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "world/canvas.h"
#include "world/ribbon.h"

namespace newbie::world {
namespace {

std::vector<Point> points_of(const Path& path, const Affine& to = {}) {
  std::vector<Point> points;
  path.flatten(to, points);
  return points;
}

double area(const std::vector<Point>& points) {
  double sum = 0;
  for (size_t i = 0; i < points.size(); ++i) {
    const Point &a = points[i], &b = points[(i + 1) % points.size()];
    sum += a.x * b.y - b.x * a.y;
  }
  return std::abs(sum) / 2;
}

TEST(Affine, ComposesInnerFirst) {
  const Affine both = Affine::move({10, 0}) * Affine::scale(2) * Affine::turn(M_PI / 2);
  const Point p = both({1, 0});
  EXPECT_NEAR(p.x, 10, 1e-12);
  EXPECT_NEAR(p.y, 2, 1e-12);
  const Point fixed = Affine::turn(0.7, {3, 4})({3, 4});
  EXPECT_NEAR(fixed.x, 3, 1e-12);
  EXPECT_NEAR(fixed.y, 4, 1e-12);
}

TEST(Path, EllipsesAreRound) {
  const std::vector<Point> circle = points_of(Path::ellipse({5, 6}, 40, 40));
  for (const Point p : circle) EXPECT_NEAR(length(p - Point{5, 6}), 40, 0.02);
  EXPECT_NEAR(area(circle), M_PI * 1600, 40);
}

TEST(Path, CurvesPassThroughTheirPoints) {
  const std::vector<Point> given = {{0, 0}, {10, 5}, {20, -5}, {30, 10}};
  const std::vector<Point> curve = points_of(Path::through(given, false));
  for (const Point p : given) {
    double nearest = 1e9;
    for (const Point q : curve) nearest = std::min(nearest, length(p - q));
    EXPECT_LT(nearest, 1e-9);
  }
}

TEST(Path, SymmetricShapesAreTheSameOnBothSides) {
  Path half({0, 0});
  half.cubic({5, 0}, {8, 3}, {8, 10}).line({4, 12}).quad({2, 14}, {0, 14});
  const std::vector<Point> points = points_of(Path::symmetric(half));
  for (const Point p : points) {
    double nearest = 1e9;
    for (const Point q : points) nearest = std::min(nearest, length(mirrored(p) - q));
    EXPECT_LT(nearest, 1e-9);
  }
}

TEST(Path, FinerWhenLarger) {
  const Path circle = Path::ellipse({0, 0}, 1, 1);
  EXPECT_LT(points_of(circle, Affine::scale(3)).size(),
            points_of(circle, Affine::scale(300)).size());
}

TEST(Ribbon, HasTheWidthItWasGiven) {
  const std::vector<Point> square = {{0, 0}, {100, 0}, {100, 100}, {0, 100}};
  std::vector<Point> band;
  make_ribbon(
      square, true,
      [](Point here, Point outward, size_t, size_t, double corner) {
        return std::pair{here + outward * (2 * corner), here - outward * (2 * corner)};
      },
      band);
  EXPECT_NEAR(area(band), 4 * 400, 20);
  for (const Point p : band) {
    EXPECT_GE(std::min({p.x, p.y, 100 - p.x, 100 - p.y}), -2.2) << "no thorns at corners";
  }
}

TEST(Ribbon, PointsOutwardsWhicheverWayAroundTheShapeRuns) {
  std::vector<Point> square = {{0, 0}, {100, 0}, {100, 100}, {0, 100}};
  for (int round = 0; round < 2; ++round) {
    std::vector<Point> band;
    make_ribbon(
        square, true,
        [](Point here, Point outward, size_t, size_t, double) {
          const Point to_middle = Point{50, 50} - here;
          EXPECT_LT(outward.x * to_middle.x + outward.y * to_middle.y, 0);
          return std::pair{here, here};
        },
        band);
    std::reverse(square.begin(), square.end());
  }
}

TEST(Canvas, PaintsAndLabels) {
  Canvas canvas(64, 64);
  canvas.fill_all({255, 255, 255});
  const std::vector<Point> box = {{16, 16}, {48, 16}, {48, 48}, {16, 48}};
  canvas.fill(box, {200, 10, 20});
  canvas.label(box, 7);
  const image::Picture picture = canvas.picture();
  const std::vector<uint8_t> parts = canvas.parts();
  EXPECT_EQ(picture.row(32)[32 * 3], 200);
  EXPECT_EQ(picture.row(32)[32 * 3 + 1], 10);
  EXPECT_EQ(picture.row(8)[8 * 3], 255);
  EXPECT_EQ(parts[32 * 64 + 32], 7);
  EXPECT_EQ(parts[8 * 64 + 8], 0);
  EXPECT_EQ(std::ranges::count(parts, 7), 32 * 32);
}

TEST(Canvas, GradientsRunFromStopToStop) {
  Canvas canvas(64, 100);
  const Canvas::Stop stops[] = {{0, {0, 0, 0}}, {1, {200, 100, 50}}};
  canvas.gradient(0, 100, stops);
  const image::Picture picture = canvas.picture();
  EXPECT_LT(picture.row(0)[0], 3);
  EXPECT_NEAR(picture.row(50)[0], 100, 2);
  EXPECT_GT(picture.row(99)[0], 197);
}

}  // namespace
}  // namespace newbie::world
