#include <cmath>

#include "world/backdrop_brush.h"

namespace newbie::world {
namespace {

void draw_rain(BackdropBrush& brush) {
  Random& random = brush.random;
  const double slant = random.between(0.08, 0.26);
  for (const bool bright : {false, true}) {
    for (int i = 0; i < 42; ++i) {
      const Point at{random.between(0, 1.1), random.between(-0.05, 1)};
      const double l = random.between(0.05, 0.10), half = brush.wide(0.0028);
      const Point end{at.x - slant * l, at.y + l};
      brush.add(Path::polygon({{at.x - half, at.y},
                               {at.x + half, at.y},
                               {end.x + half, end.y},
                               {end.x - half, end.y}}));
    }
    brush.paint_added(bright ? Colour{226, 240, 255} : Colour{122, 164, 222}, 0.9);
  }
}

void draw_snow(BackdropBrush& brush) {
  Random& random = brush.random;
  std::vector<std::pair<Point, double>> flakes;
  for (int i = 0; i < 58; ++i) {
    flakes.push_back({{random.uniform(), random.uniform()}, random.between(0.007, 0.014)});
  }
  for (const auto& [at, size] : flakes) brush.add_disc(at, size + 0.0035);
  brush.paint_added({158, 186, 226});
  for (const auto& [at, size] : flakes) brush.add_disc(at, size);
  brush.paint_added({255, 255, 255});
}

/// Thick behind the figures, a few veils in front: their colours must stay readable.
void draw_fog(BackdropBrush& brush, bool behind) {
  Random& random = brush.random;
  const Colour mist = brush.pick({228, 234, 240}, {250, 222, 206}, {142, 152, 194});
  for (int i = 0; i < 6; ++i) {
    brush.hills(random.between(0.20, 0.30) + 0.11 * i + (behind ? 0 : 0.22), 0.07,
                random.between(3, 9), mist, behind ? 0.26 : 0.07);
  }
  for (int i = 0; i < (behind ? 7 : 5); ++i) {  // drifting, thin at both ends
    const Point at{random.between(-0.2, 0.8), random.between(0.05, 0.95)};
    const double reach = random.between(0.35, 0.6), thick = brush.tall(random.between(0.03, 0.06));
    Path veil(at);
    veil.cubic(at + Point{reach * 0.3, -thick}, at + Point{reach * 0.7, 0},
               at + Point{reach, thick * 0.3});
    veil.cubic(at + Point{reach * 0.7, thick * 1.4}, at + Point{reach * 0.3, thick * 0.6}, at);
    brush.fill(veil.close(), mist, behind ? 0.6 : 0.45);
  }
}

void draw_wind(BackdropBrush& brush) {
  Random& random = brush.random;
  for (int i = 0; i < 7; ++i) {
    const Point at{random.between(-0.1, 0.8), random.between(0.05, 0.95)};
    const double l = random.between(0.2, 0.36), lift = random.around(0.05);
    Path gust(at);
    gust.cubic(at + Point{l * 0.4, -0.03 + lift}, at + Point{l * 0.7, 0.04 + lift},
               at + Point{l, lift});
    if (random.chance(0.6))
      gust.cubic(at + Point{l + 0.08, lift - 0.03}, at + Point{l + 0.05, lift - 0.09},
                 at + Point{l - 0.01, lift - 0.06});
    brush.line(gust, {236, 246, 255}, 0.010, 0.85);
    brush.line(gust, {150, 180, 214}, 0.004, 0.85);
  }
  for (const Colour leaf : {Colour{102, 176, 66}, Colour{232, 150, 52}}) {
    for (int i = 0; i < 15; ++i) {
      const Point at{random.uniform(), random.uniform()};
      const double turn = random.between(-1.2, 1.2);
      const Point along{brush.wide(0.030 * std::cos(turn)), brush.tall(0.030 * std::sin(turn))};
      const Point across{brush.wide(-0.014 * std::sin(turn)), brush.tall(0.014 * std::cos(turn))};
      Path shape(at - along);
      brush.add(
          shape.quad(at + across * 1.6, at + along).quad(at - across * 1.6, at - along).close());
    }
    brush.paint_added(leaf);
  }
}

}  // namespace

void draw_weather_behind(Canvas& canvas, const Look& look, const Scene& scene, uint64_t seed) {
  if (scene.weather() != Weather::fog) return;
  Random random = Random::stream(seed, 72);
  BackdropBrush brush(canvas, look, scene.time(), random);
  draw_fog(brush, true);
}

void draw_weather(Canvas& canvas, const Look& look, const Scene& scene, uint64_t seed) {
  Random random = Random::stream(seed, 71);
  BackdropBrush brush(canvas, look, scene.time(), random);
  switch (scene.weather()) {
    case Weather::clear:
      break;
    case Weather::rain:
      draw_rain(brush);
      break;
    case Weather::snow:
      draw_snow(brush);
      break;
    case Weather::fog:
      draw_fog(brush, false);
      break;
    case Weather::wind:
      draw_wind(brush);
      break;
  }
}

}  // namespace newbie::world
