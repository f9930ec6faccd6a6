#include "world/geometry.h"

#include <algorithm>
#include <cmath>

namespace newbie::world {

double length(Point p) { return std::sqrt(p.x * p.x + p.y * p.y); }

Point unit(Point p) {
  const double size = length(p);
  return size > 0 ? p * (1 / size) : p;
}

Affine Affine::operator*(const Affine& inner) const {
  return {xx * inner.xx + xy * inner.yx,      xx * inner.xy + xy * inner.yy,
          yx * inner.xx + yy * inner.yx,      yx * inner.xy + yy * inner.yy,
          xx * inner.dx + xy * inner.dy + dx, yx * inner.dx + yy * inner.dy + dy};
}

Affine Affine::turn(double radians, Point about) {
  const double c = std::cos(radians), s = std::sin(radians);
  return {c, -s, s, c, about.x - c * about.x + s * about.y, about.y - s * about.x - c * about.y};
}

Path& Path::line(Point to) {
  segments_.push_back({last_, to, to, true});
  last_ = to;
  return *this;
}

Path& Path::quad(Point control, Point to) {
  return cubic(mix(last_, control, 2.0 / 3), mix(to, control, 2.0 / 3), to);
}

Path& Path::cubic(Point control1, Point control2, Point to) {
  segments_.push_back({control1, control2, to, false});
  last_ = to;
  return *this;
}

Path Path::through(std::span<const Point> points, bool closed) {
  const auto count = static_cast<int>(points.size());
  const auto at = [&](int i) {
    return points[static_cast<size_t>(closed ? (i + count) % count : std::clamp(i, 0, count - 1))];
  };
  Path path(points[0]);
  for (int i = 0; i < (closed ? count : count - 1); ++i) {
    const Point p0 = at(i - 1), p1 = at(i), p2 = at(i + 1), p3 = at(i + 2);
    path.cubic(p1 + (p2 - p0) * (1.0 / 6), p2 - (p3 - p1) * (1.0 / 6), p2);
  }
  path.closed_ = closed;
  return path;
}

Path Path::polyline(std::initializer_list<Point> points) {
  Path path(*points.begin());
  for (const Point* point = points.begin() + 1; point != points.end(); ++point) path.line(*point);
  return path;
}

Path Path::polygon(std::initializer_list<Point> points) { return polyline(points).close(); }

Path Path::ellipse(Point center, double rx, double ry, double radians) {
  constexpr double k = 0.5522847498;  // a quarter circle as one cubic
  Path path({1, 0});
  path.cubic({1, k}, {k, 1}, {0, 1});
  path.cubic({-k, 1}, {-1, k}, {-1, 0});
  path.cubic({-1, -k}, {-k, -1}, {0, -1});
  path.cubic({k, -1}, {1, -k}, {1, 0});
  path.close();
  return path.transformed(Affine::move(center) * (radians == 0 ? Affine{} : Affine::turn(radians)) *
                          Affine::scale(rx, ry));
}

Path Path::symmetric(const Path& half) {
  Path path = half;
  for (size_t i = half.segments_.size(); i-- > 0;) {
    const Segment& segment = half.segments_[i];
    const Point to = i > 0 ? half.segments_[i - 1].to : half.start_;
    if (segment.straight) {
      path.line(world::mirrored(to));
    } else {
      path.cubic(world::mirrored(segment.control2), world::mirrored(segment.control1),
                 world::mirrored(to));
    }
  }
  return path.close();
}

Path Path::transformed(const Affine& by) const {
  Path path(by(start_));
  path.segments_.reserve(segments_.size());
  for (const Segment& s : segments_) {
    path.segments_.push_back({by(s.control1), by(s.control2), by(s.to), s.straight});
  }
  path.last_ = by(last_);
  path.closed_ = closed_;
  return path;
}

Path Path::mirrored() const { return transformed(Affine::scale(-1, 1)); }

void Path::flatten(const Affine& to_pixels, std::vector<Point>& out) const {
  const size_t begin = out.size();
  Point from = to_pixels(start_);
  out.push_back(from);
  for (const Segment& segment : segments_) {
    const Point to = to_pixels(segment.to);
    if (segment.straight) {
      out.push_back(to);
    } else {
      const Point c1 = to_pixels(segment.control1), c2 = to_pixels(segment.control2);
      const double bend = length(c1 - from) + length(c2 - c1) + length(to - c2);
      const int pieces = std::clamp(static_cast<int>(std::sqrt(bend) * 0.9) + 1, 2, 48);
      const double step = 1.0 / pieces;
      for (int i = 1; i <= pieces; ++i) {
        const double t = i * step, u = 1 - t;
        out.push_back(from * (u * u * u) + c1 * (3 * u * u * t) + c2 * (3 * u * t * t) +
                      to * (t * t * t));
      }
    }
    from = to;
  }
  if (closed_ && out.size() - begin > 1 && length(out.back() - out[begin]) < 1e-3) out.pop_back();
}

}  // namespace newbie::world
