#include "world/backdrop.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "world/backdrop_brush.h"
#include "world/ribbon.h"

namespace newbie::world {

Colour tint_of(const Scene& scene) {
  if (scene.background() == Background::white_background) return {1, 1, 1};
  switch (scene.time()) {
    case Time::day:
      return {1, 1, 1};
    case Time::sunset:
      return {1.0, 0.92, 0.84};
    case Time::night:
      return {0.81, 0.83, 0.93};
  }
  return {1, 1, 1};
}

Colour BackdropBrush::lit(Colour c) const {
  switch (time) {
    case Time::day:
      return c;
    case Time::sunset:
      return c * Colour{0.94, 0.70, 0.64};
    case Time::night:
      return mix(c * Colour{0.30, 0.35, 0.56}, {20, 24, 66}, 0.12);
  }
  return c;
}

void BackdropBrush::gradient(double top, double bottom, Colour upper, Colour lower) {
  const std::array<Canvas::Stop, 2> stops = {{{0, seen(upper)}, {1, seen(lower)}}};
  canvas_.gradient(top * height(), bottom * height(), stops);
}

void BackdropBrush::gradient(double top, double bottom, Colour upper, Colour middle, Colour lower) {
  const std::array<Canvas::Stop, 3> stops = {
      {{0, seen(upper)}, {0.55, seen(middle)}, {1, seen(lower)}}};
  canvas_.gradient(top * height(), bottom * height(), stops);
}

void BackdropBrush::fill(const Path& path, Colour colour, double opacity) {
  points_.clear();
  path.flatten(to_pixels(), points_);
  canvas_.fill(points_, seen(colour), opacity);
}

void BackdropBrush::line(const Path& path, Colour colour, double thick, double opacity) {
  points_.clear();
  path.flatten(to_pixels(), points_);
  const double half = std::max(0.8, thick * std::min(width(), height())) * 0.5;
  make_ribbon(
      points_, path.closed(),
      [&](Point here, Point outward, size_t, size_t, double corner) {
        return std::pair{here + outward * (half * corner), here - outward * (half * corner)};
      },
      ribbon_);
  canvas_.fill(ribbon_, seen(colour), opacity);
}

void BackdropBrush::add(const Path& path) {
  added_.emplace_back();
  path.flatten(to_pixels(), added_.back());
}

void BackdropBrush::paint_added(Colour colour, double opacity) {
  canvas_.fill(added_, seen(colour), opacity);
  added_.clear();
}

void BackdropBrush::hills(double y, double rise, double waves, Colour colour, double opacity) {
  const double phase = random.between(0, 6.28);
  Path path({0, 1});
  constexpr int kSteps = 16;
  for (int i = 0; i <= kSteps; ++i) {
    const double x = static_cast<double>(i) / kSteps;
    path.line({x, y - rise * 0.5 * (1 + std::sin(phase + waves * x))});
  }
  fill(path.line({1, 1}).close(), colour, opacity);
}

void draw_backdrop(Canvas& canvas, const Look& look, const Scene& scene, uint64_t seed) {
  Random random = Random::stream(seed, 70);
  if (scene.background() == Background::white_background) {
    const double white = 251 + random.around(3);
    canvas.fill_all(look.style == PictureStyle::sketch ? kPaper : Colour{white, white, white});
    return;
  }
  BackdropBrush brush(canvas, look, scene.time(), random);
  const double horizon = random.between(0.60, 0.70);
  switch (scene.background()) {
    case Background::white_background:
      break;
    case Background::field:
      draw_field(brush, horizon);
      break;
    case Background::beach:
      draw_beach(brush, horizon);
      break;
    case Background::city:
      draw_city(brush, horizon);
      break;
    case Background::forest:
      draw_forest(brush, horizon);
      break;
    case Background::classroom:
      draw_classroom(brush, horizon);
      break;
    case Background::cherry_blossoms:
      draw_cherry_blossoms(brush, horizon);
      break;
    case Background::shrine:
      draw_shrine(brush, horizon);
      break;
  }
}

void draw_ground_shadow(Canvas& canvas, const Scene& scene, Point soles, double unit) {
  if (scene.framing() != Framing::full_body) return;
  std::vector<Point> points;
  Path::ellipse(soles, 0.66 * unit, 0.12 * unit).flatten({}, points);
  canvas.fill(points, {40, 36, 66}, 0.26);
}

}  // namespace newbie::world
