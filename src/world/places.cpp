/// The places under the open sky.

#include <algorithm>
#include <cmath>

#include "world/backdrop_brush.h"

namespace newbie::world {
namespace {

void draw_cloud(BackdropBrush& brush, Point at, double size, Colour colour, Colour below) {
  for (const bool shadow : {true, false}) {
    const double dy = shadow ? brush.tall(size * 0.14) : 0;
    for (int k = -2; k <= 2; ++k) {
      const double r = size * (0.62 - 0.14 * std::abs(k)) * (0.9 + 0.2 * ((k * 7 + 9) % 3) / 2);
      brush.add_disc({at.x + brush.wide(size * 0.52 * k),
                      at.y + dy - brush.tall(size * 0.12 * (2 - std::abs(k)))},
                     r);
    }
    brush.paint_added(shadow ? below : colour);
  }
}

/// A round tree top of several discs, lit from above.
void draw_foliage(BackdropBrush& brush, Point at, double size, Colour colour) {
  Random& random = brush.random;
  for (const double layer : {0.0, 1.0}) {
    for (int k = 0; k < 7; ++k) {
      const Point off{random.around(1.1) * size, random.around(0.8) * size - layer * 0.25 * size};
      brush.add_disc({at.x + brush.wide(off.x), at.y + brush.tall(off.y)},
                     size * random.between(0.34, 0.56) * (1 - 0.3 * layer));
    }
    brush.paint_added(layer > 0 ? mix(colour, {255, 255, 255}, 0.16) : colour);
  }
}

void draw_petals(BackdropBrush& brush, int count) {
  for (int i = 0; i < count; ++i) {
    const Point at{brush.random.uniform(), brush.random.between(0.1, 1)};
    brush.add(Path::ellipse(at, brush.wide(0.016), brush.tall(0.009), brush.random.between(0, 3)));
  }
  brush.paint_added(brush.lit({255, 158, 192}));
}

}  // namespace

void draw_sky(BackdropBrush& brush, double horizon, int clouds) {
  Random& random = brush.random;
  switch (brush.time) {
    case Time::day:
      brush.gradient(0, horizon, {72, 156, 240}, {206, 236, 254});
      break;
    case Time::sunset:
      brush.gradient(0, horizon, {104, 76, 160}, {238, 116, 112}, {255, 208, 128});
      break;
    case Time::night:
      brush.gradient(0, horizon, {12, 16, 54}, {36, 42, 104}, {84, 80, 150});
      break;
  }
  const double x = random.chance(0.5) ? random.between(0.08, 0.3) : random.between(0.7, 0.92);
  if (brush.time == Time::sunset) {
    brush.disc({x, horizon - 0.06}, random.between(0.12, 0.15), {255, 226, 150}, 0.5);
    brush.disc({x, horizon - 0.06}, random.between(0.085, 0.11), {255, 244, 204});
  } else if (brush.time == Time::night) {
    for (int i = 0; i < 34; ++i) {
      brush.add_disc({random.uniform(), random.between(0, horizon * 0.9)},
                     random.chance(0.25) ? 0.006 : 0.0035);
    }
    brush.paint_added({244, 244, 255});
    const Point moon{x, random.between(0.10, 0.20)};
    const double r = random.between(0.062, 0.08);
    brush.disc(moon, r * 1.35, {120, 124, 190}, 0.35);
    brush.disc(moon, r, {255, 246, 202});
  }
  const Colour white = brush.pick({255, 255, 255}, {255, 178, 150}, {72, 78, 146});
  const Colour below = brush.pick({216, 232, 250}, {206, 110, 140}, {52, 58, 122});
  for (int i = 0; i < clouds; ++i) {
    draw_cloud(brush, {random.uniform(), random.between(0.06, horizon * 0.62)},
               random.between(0.09, 0.17), white, below);
  }
}

void draw_field(BackdropBrush& brush, double horizon) {
  Random& random = brush.random;
  draw_sky(brush, horizon + 0.1, random.below(3) + 2);
  brush.hills(horizon + 0.05, 0.13, 5, brush.lit({126, 186, 150}));
  brush.hills(horizon + 0.10, 0.09, 4, brush.lit({136, 204, 102}));
  brush.hills(horizon + 0.20, 0.06, 6, brush.lit({104, 182, 80}));
  for (int i = 0; i < 34; ++i) {  // blades of grass
    const Point at{random.uniform(), random.between(horizon + 0.14, 1)};
    brush.add(Path::polygon(
        {{at.x - 0.008, at.y}, {at.x + random.around(0.01), at.y - 0.04}, {at.x + 0.008, at.y}}));
  }
  brush.paint_added(brush.lit({78, 154, 66}));
  for (int i = 0; i < 14; ++i)
    brush.add_disc({random.uniform(), random.between(horizon + 0.16, 1)}, 0.010);
  brush.paint_added(brush.lit(random.chance(0.5) ? Colour{255, 232, 110} : Colour{255, 250, 250}));
}

void draw_beach(BackdropBrush& brush, double horizon) {
  Random& random = brush.random;
  const double sea = horizon - 0.14, sand = random.between(0.80, 0.87);
  draw_sky(brush, sea, random.below(3) + 1);
  brush.gradient(sea, sand + 0.04, brush.pick({22, 104, 200}, {116, 84, 160}, {18, 30, 84}),
                 brush.pick({72, 192, 218}, {244, 150, 130}, {58, 82, 150}));
  for (int i = 0; i < 16; ++i) {
    const double y = random.between(sea + 0.02, sand - 0.03), x = random.uniform();
    const double reach = random.between(0.02, 0.07);
    brush.add(Path::polygon({{x - reach, y}, {x, y - 0.004}, {x + reach, y}, {x, y + 0.004}}));
  }
  brush.paint_added(brush.pick({226, 246, 254}, {255, 222, 178}, {150, 170, 226}));
  brush.hills(sand, 0.03, 7, brush.pick({250, 253, 255}, {255, 220, 200}, {120, 132, 190}));
  brush.hills(sand + 0.025, 0.03, 7, brush.lit({248, 226, 172}));
}

void draw_city(BackdropBrush& brush, double horizon) {
  Random& random = brush.random;
  draw_sky(brush, 0.95, brush.time == Time::night ? 0 : 2);
  for (const double layer : {0.0, 1.0}) {
    const Colour wall = layer == 0 ? brush.pick({156, 186, 222}, {170, 100, 140}, {36, 40, 92})
                                   : brush.pick({104, 128, 166}, {104, 62, 104}, {22, 24, 60});
    const Colour window = layer == 0
                              ? brush.pick({190, 214, 240}, {220, 150, 150}, {90, 92, 130})
                              : brush.pick({196, 222, 246}, {255, 206, 130}, {255, 222, 124});
    double x = -random.uniform() * 0.1;
    std::vector<Point> lights;
    while (x < 1) {
      const double wide = random.between(0.12, 0.21),
                   top = horizon - random.between(0.02, layer == 0 ? 0.46 : 0.30);
      brush.rectangle(x, top, x + wide - 0.012 * layer, 1, wall);
      if (layer == 1) {
        for (double wy = top + 0.03; wy < horizon + 0.14; wy += 0.058) {
          for (double wx = x + 0.022; wx < x + wide - 0.045; wx += 0.046) {
            if (random.chance(0.62)) lights.push_back({wx, wy});
          }
        }
      }
      x += wide;
    }
    for (const Point p : lights)
      brush.add(
          Path::polygon({p, p + Point{0.026, 0}, p + Point{0.026, 0.034}, p + Point{0, 0.034}}));
    brush.paint_added(window);
  }
  brush.rectangle(0, horizon + 0.18, 1, 1, brush.lit({138, 142, 156}));
  brush.rectangle(0, horizon + 0.18, 1, horizon + 0.20, brush.lit({206, 208, 214}));
  for (int i = 0; i < 5; ++i) {
    const double left = i * 0.24 - 0.06;
    brush.add(Path::polygon(
        {{left, 0.965}, {left + 0.13, 0.965}, {left + 0.12, 0.982}, {left - 0.012, 0.982}}));
  }
  brush.paint_added(brush.lit({244, 244, 240}));
}

void draw_forest(BackdropBrush& brush, double horizon) {
  Random& random = brush.random;
  brush.gradient(0, 1, brush.pick({156, 212, 150}, {214, 140, 104}, {22, 40, 66}),
                 brush.pick({222, 244, 196}, {255, 206, 140}, {46, 74, 104}));
  for (const double depth : {0.0, 1.0}) {
    const Colour bark = depth == 0 ? brush.pick({122, 166, 118}, {170, 92, 84}, {22, 42, 66})
                                   : brush.lit({104, 74, 58});
    double x = random.between(-0.05, 0.08);
    while (x < 1.05) {
      const double half = brush.wide(depth == 0 ? 0.024 : 0.046);
      brush.fill(Path::polygon({{x - half, 0},
                                {x + half, 0},
                                {x + half * 1.1, horizon},
                                {x + half * 1.8, horizon + 0.13 + 0.06 * depth},
                                {x - half * 1.8, horizon + 0.13 + 0.06 * depth},
                                {x - half * 1.1, horizon}}),
                 bark);
      if (depth == 1)
        brush.fill(Path::polygon({{x + half * 0.3, 0},
                                  {x + half, 0},
                                  {x + half * 1.1, horizon},
                                  {x + half * 1.7, horizon + 0.18},
                                  {x + half * 0.5, horizon + 0.18}}),
                   bark * 0.8);
      x += brush.wide(depth == 0 ? random.between(0.13, 0.2) : random.between(0.32, 0.46));
    }
  }
  for (int i = 0; i < 5; ++i) {
    draw_foliage(brush, {i * 0.25 + random.around(0.06), random.between(-0.02, 0.12)},
                 random.between(0.15, 0.2), brush.lit({62, 138, 66}));
  }
  brush.hills(horizon + 0.14, 0.04, 8, brush.lit({74, 146, 68}));
  for (int i = 0; i < 26; ++i) {
    const Point at{random.uniform(), random.between(horizon + 0.12, 1)};
    brush.add(Path::polygon({{at.x - 0.012, at.y},
                             {at.x - 0.02, at.y - 0.03},
                             {at.x, at.y - 0.012},
                             {at.x + 0.018, at.y - 0.034},
                             {at.x + 0.012, at.y}}));
  }
  brush.paint_added(brush.lit({52, 112, 54}));
}

void draw_cherry_blossoms(BackdropBrush& brush, double horizon) {
  Random& random = brush.random;
  brush.gradient(0, horizon + 0.2, brush.pick({176, 216, 250}, {180, 112, 160}, {30, 30, 84}),
                 brush.pick({254, 236, 242}, {255, 196, 160}, {104, 84, 150}));
  if (brush.time == Time::night) {
    brush.disc({random.between(0.3, 0.7), 0.14}, 0.07, {255, 246, 206});
  }
  brush.hills(horizon + 0.12, 0.03, 4, brush.lit({250, 178, 204}));
  brush.hills(horizon + 0.18, 0.03, 5, brush.lit({166, 206, 120}));
  const double s = random.sign(),
               x = s < 0 ? random.between(0.02, 0.14) : random.between(0.86, 0.98);
  const double half = brush.wide(0.05);
  Path trunk({x - half * 1.5, 1});
  trunk.quad({x - half * 0.7, 0.6}, {x - half * 0.8, 0.1}).line({x + half * 0.8, 0.1});
  trunk.quad({x + half * 0.7, 0.6}, {x + half * 1.7, 1}).close();
  brush.fill(trunk, brush.lit({112, 74, 72}));
  Path branch({x, 0.42});
  branch.quad({x - s * 0.12, 0.28}, {x - s * 0.34, 0.18}).line({x - s * 0.34, 0.15});
  branch.quad({x - s * 0.10, 0.20}, {x, 0.30}).close();
  brush.fill(branch, brush.lit({112, 74, 72}));
  for (const double layer : {0.0, 1.0, 2.0}) {
    for (int k = 0; k < 11; ++k) {
      brush.add_disc({x - s * random.between(-0.1, 0.62 - 0.1 * layer),
                      random.between(-0.04, 0.26 - 0.06 * layer)},
                     random.between(0.06, 0.12));
    }
    brush.paint_added(brush.lit(layer == 0   ? Colour{244, 156, 190}
                                : layer == 1 ? Colour{255, 184, 210}
                                             : Colour{255, 210, 226}));
  }
  draw_petals(brush, 26);
}

void draw_shrine(BackdropBrush& brush, double horizon) {
  Random& random = brush.random;
  draw_sky(brush, horizon + 0.1, 2);
  for (int i = 0; i < 6; ++i) {
    draw_foliage(brush, {i * 0.2 + random.around(0.05), horizon - 0.02 + random.around(0.04)},
                 random.between(0.11, 0.15), brush.lit({66, 124, 82}));
  }
  brush.rectangle(0, horizon + 0.08, 1, 1, brush.lit({206, 196, 176}));
  brush.rectangle(0, horizon + 0.08, 1, horizon + 0.095, brush.lit({128, 150, 96}));
  for (int i = -3; i <= 4; ++i) {  // slabs of the path
    brush.line(Path::polyline({{0.5 + i * 0.06, horizon + 0.09}, {0.5 + i * 0.22, 1}}),
               brush.lit({176, 164, 146}), 0.008);
  }
  // The gate stands astride of the path.
  const double x = 0.5 + random.around(0.06), reach = brush.wide(random.between(0.40, 0.46)),
               top = random.between(0.10, 0.18);
  const double post = brush.wide(0.036);
  const Colour red = brush.pick({218, 58, 44}, {206, 52, 48}, {126, 34, 54}),
               dark = brush.lit({56, 48, 56});
  for (const double s : {-1.0, 1.0}) {
    const double foot = x + s * reach * 0.80, head = x + s * reach * 0.72;
    brush.fill(Path::polygon({{head - post, top + 0.05},
                              {head + post, top + 0.05},
                              {foot + post, horizon + 0.16},
                              {foot - post, horizon + 0.16}}),
               red);
    brush.fill(Path::polygon({{head + post * 0.2, top + 0.05},
                              {head + post, top + 0.05},
                              {foot + post, horizon + 0.16},
                              {foot + post * 0.2, horizon + 0.16}}),
               red * 0.8);
    brush.rectangle(foot - post * 1.25, horizon + 0.13, foot + post * 1.25, horizon + 0.165, dark);
  }
  brush.rectangle(x - reach * 0.92, top + 0.145, x + reach * 0.92, top + 0.195, red);
  brush.rectangle(x - 0.02, top + 0.06, x + 0.02, top + 0.15, red * 0.85);
  for (const bool cap : {false, true}) {
    const double y = cap ? top - 0.035 : top, thick = cap ? 0.04 : 0.06;
    Path beam({x - reach * 1.18, y - 0.03});
    beam.quad({x, y + 0.035}, {x + reach * 1.18, y - 0.03}).line({x + reach * 1.10, y + thick});
    beam.quad({x, y + thick + 0.035}, {x - reach * 1.10, y + thick}).close();
    brush.fill(beam, cap ? dark : red);
  }
}

}  // namespace newbie::world
