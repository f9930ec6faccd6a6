#include "world/pen.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "world/ribbon.h"

namespace newbie::world {
namespace {

constexpr Colour kInk{40, 28, 44};
constexpr Colour kPencil{62, 56, 66};
constexpr double kLineWidth = 0.04;  ///< of an outline at weight 1, in units of the figure

double facing(Point outward, Point light) { return outward.x * light.x + outward.y * light.y; }

}  // namespace

Colour Pen::seen(Colour colour) const {
  const Colour lit = colour * look_.tint;
  return look_.style == PictureStyle::sketch ? mix(kPaper, lit, 0.62) : lit;
}

Colour Pen::ink_for(Colour filled_with) const {
  if (look_.style == PictureStyle::sketch) return kPencil;
  if (look_.style == PictureStyle::flat_color) return shaded(filled_with) * look_.tint;
  return mix(kInk, filled_with, 0.16) * look_.tint;
}

void Pen::flatten(const Path& path) {
  points_.clear();
  path.flatten(to_pixels_, points_);
}

void Pen::paint(std::span<const Point> polygon, Colour colour) {
  canvas_.fill(polygon, seen(colour));
}

void Pen::ink(Colour filled_with, double line) {
  const bool flat = look_.style == PictureStyle::flat_color;
  const bool sketch = look_.style == PictureStyle::sketch;
  const double width =
      std::max(kLineWidth * unit_ * (flat ? 0.5 : 1), flat ? 0.6 : 1.0) * line * look_.line;
  const auto run = [&](double thickness, Point shift, double grow) {
    make_ribbon(
        points_, true,
        [&](Point here, Point outward, size_t, size_t, double corner) {
          const double half = thickness * 0.5 * corner *
                              (0.8 + 0.45 * std::max(0.0, -facing(outward, look_.light)));
          const Point middle = here + shift + outward * grow;
          return std::pair{middle + outward * half, middle - outward * half};
        },
        ribbon_);
    canvas_.fill(ribbon_, ink_for(filled_with), sketch ? 0.88 : 1.0);
  };
  if (!sketch) return run(width, {}, 0);
  // Two passes of a pencil that never quite meet.
  const double stray = 0.016 * unit_ + 0.2;
  run(width * 0.62, {wobble_.around(stray), wobble_.around(stray)}, 0);
  run(width * 0.5, {wobble_.around(2 * stray), wobble_.around(2 * stray)},
      wobble_.between(0.2, 1) * stray);
}

void Pen::shape(const Path& path, Colour colour, double depth, double line) {
  fill(path, colour);
  if (depth > 0) crescent(path, shaded(colour), depth);
  flatten(path);
  ink(colour, line);
  if (look_.has_lines()) canvas_.label(ribbon_, part_value());
}

void Pen::fill(const Path& path, Colour colour) {
  flatten(path);
  paint(points_, colour);
  canvas_.label(points_, part_value());
}

void Pen::mark(const Path& path, Colour colour) {
  flatten(path);
  paint(points_, colour);
}

void Pen::tone(const Path& path, Colour colour) {
  if (look_.has_shadows()) mark(path, colour);
}

void Pen::crescent(const Path& path, Colour colour, double depth) {
  if (!look_.has_shadows()) return;
  flatten(path);
  const double deep = std::abs(depth) * unit_, side = depth > 0 ? -1 : 1;
  make_ribbon(
      points_, path.closed(),
      [&](Point here, Point outward, size_t, size_t, double) {
        const double turned_away = std::max(0.0, side * facing(outward, look_.light) - 0.1);
        return std::pair{here, here - outward * (deep * turned_away)};
      },
      ribbon_);
  paint(ribbon_, colour);
}

void Pen::outline(const Path& path, Colour filled_with, double line) {
  flatten(path);
  ink(filled_with, line);
}

void Pen::stroke(const Path& path, Colour colour, double width, double taper) {
  flatten(path);
  const double half = std::max(width * unit_ * look_.line, 0.9) * 0.5;
  make_ribbon(
      points_, path.closed(),
      [&](Point here, Point outward, size_t i, size_t count, double corner) {
        const double t = static_cast<double>(i) / static_cast<double>(count - 1);
        const double body = std::sqrt(std::max(0.0, 4 * t * (1 - t)));
        const double reach = half * corner * (path.closed() ? 1 : 1 - taper * (1 - body));
        return std::pair{here + outward * reach, here - outward * reach};
      },
      ribbon_);
  // Lines of the face stay dark on the pale paper of a sketch.
  const bool sketch = look_.style == PictureStyle::sketch;
  canvas_.fill(ribbon_, sketch ? mix(kPaper, colour * look_.tint, 0.86) : colour * look_.tint);
}

void Pen::crease(const Path& path, Colour colour, double width) {
  if (look_.has_lines()) stroke(path, colour, width);
}

Path tube(std::span<const Point> points, double from, double to) {
  // The curve is sampled at its points and half-ways; the sides follow its normals.
  const size_t count = points.size();
  std::vector<Point> left, right;
  for (size_t i = 0; i < count; ++i) {
    const Point along = unit(points[std::min(i + 1, count - 1)] - points[i > 0 ? i - 1 : 0]);
    const double t = static_cast<double>(i) / static_cast<double>(count - 1);
    const Point out = turned(along) * (from + (to - from) * t);
    left.push_back(points[i] - out);
    right.push_back(points[i] + out);
  }
  const Point end = unit(points[count - 1] - points[count - 2]) * to;
  const Point begin = unit(points[0] - points[1]) * from;
  std::vector<Point> around(left);
  around.push_back(points[count - 1] + end);
  around.insert(around.end(), right.rbegin(), right.rend());
  around.push_back(points[0] + begin);
  return Path::through(around, true);
}

}  // namespace newbie::world
