#pragma once
/// Points and paths of Bézier curves, flattened to polygons in pixels.

#include <initializer_list>
#include <span>
#include <vector>

namespace newbie::world {

/// A place or a direction; y runs down.
struct Point {
  double x = 0, y = 0;
  friend Point operator+(Point a, Point b) { return {a.x + b.x, a.y + b.y}; }
  friend Point operator-(Point a, Point b) { return {a.x - b.x, a.y - b.y}; }
  friend Point operator*(Point a, double s) { return {a.x * s, a.y * s}; }
};

double length(Point p);
/// `p` at length one; {0, 0} stays.
Point unit(Point p);
/// `a` at t = 0, `b` at 1, straight between them.
inline Point mix(Point a, Point b, double t) { return a + (b - a) * t; }
/// A quarter turn: from pointing right to pointing down.
inline Point turned(Point p) { return {-p.y, p.x}; }
/// To the other side of the middle line.
inline Point mirrored(Point p) { return {-p.x, p.y}; }

/// x' = xx x + xy y + dx, y' = yx x + yy y + dy.
struct Affine {
  double xx = 1, xy = 0, yx = 0, yy = 1, dx = 0, dy = 0;

  Point operator()(Point p) const { return {xx * p.x + xy * p.y + dx, yx * p.x + yy * p.y + dy}; }
  /// First `inner`, then this.
  Affine operator*(const Affine& inner) const;
  static Affine move(Point by) { return {1, 0, 0, 1, by.x, by.y}; }
  static Affine scale(double s) { return {s, 0, 0, s, 0, 0}; }
  static Affine scale(double sx, double sy) { return {sx, 0, 0, sy, 0, 0}; }
  static Affine turn(double radians, Point about = {});
};

/// A run of cubic Bézier curves and straight lines.
class Path {
 public:
  Path() = default;
  explicit Path(Point start) : start_(start), last_(start) {}

  Path& line(Point to);
  Path& quad(Point control, Point to);
  Path& cubic(Point control1, Point control2, Point to);
  Path& close() {
    closed_ = true;
    return *this;
  }

  /// A smooth curve through all points (Catmull-Rom).
  static Path through(std::span<const Point> points, bool closed);
  static Path through(std::initializer_list<Point> points, bool closed = true) {
    return through(std::span(points.begin(), points.size()), closed);
  }
  static Path polygon(std::initializer_list<Point> points);
  static Path polyline(std::initializer_list<Point> points);
  static Path ellipse(Point center, double rx, double ry, double radians = 0);
  /// A shape that is the same on both sides: `half` runs from the middle line to the middle line.
  static Path symmetric(const Path& half);

  Path mirrored() const;
  Path transformed(const Affine& by) const;
  bool closed() const { return closed_; }
  Point last() const { return last_; }

  /// Appends the points of the flattened path, transformed; the start of a closed path is not
  /// repeated at its end.
  void flatten(const Affine& to_pixels, std::vector<Point>& out) const;

 private:
  struct Segment {
    Point control1, control2, to;
    bool straight;
  };
  Point start_, last_;
  std::vector<Segment> segments_;
  bool closed_ = false;
};

}  // namespace newbie::world
