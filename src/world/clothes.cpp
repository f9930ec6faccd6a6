/// Bodies and what they wear, from the shoes up.

#include "world/figure.h"

namespace newbie::world {
namespace {

/// Colours that go with clothes without being told of in prompts: dark, so that nobody mixes them
/// up.
constexpr Colour kDarks[] = {{70, 76, 104}, {84, 82, 96}, {62, 58, 72}, {104, 84, 74}};
constexpr Colour kShoes[] = {{98, 58, 44}, {52, 48, 58}, {84, 66, 72}};

bool is(const Figure& f, ClothingColor colour) { return f.who.clothing_color() == colour; }

/// Red that is seen on the clothes: gold where they are red themselves.
Colour tie_colour(const Figure& f) {
  return is(f, ClothingColor::red) || is(f, ClothingColor::pink) ? Colour{250, 206, 72}
                                                                 : Colour{220, 46, 56};
}

/// From the neck to a hem: half widths at shoulder, waist and hem.
Path torso(double shoulder, double waist, double hem, double bottom) {
  Path half({0, 1.04});
  half.line({0.17, 1.0}).quad({shoulder, 1.04}, {shoulder, 1.20});
  half.cubic({shoulder - 0.02, 1.40}, {waist, 1.48}, {waist, 1.62});
  half.cubic({waist, 1.74}, {hem, bottom - 0.16}, {hem, bottom});
  half.quad({hem * 0.5, bottom + 0.05}, {0, bottom + 0.05});
  return Path::symmetric(half);
}

/// A skirt of `folds` folds between waist and hem.
Path skirt(double waist, double top, double hem, double bottom, int folds, double wave) {
  Path path({-waist, top});
  path.line({waist, top});
  path.quad({waist + 0.06, (top + bottom) / 2}, {hem, bottom});
  for (int i = 0; i < folds; ++i) {
    const double x = hem - 2 * hem * (i + 1) / folds, mid = x + hem / folds;
    path.quad({mid, bottom + wave + 0.06 * (1 - mid * mid / (hem * hem))}, {x, bottom});
  }
  path.quad({-waist - 0.06, (top + bottom) / 2}, {-waist, top});
  return path.close();
}

void fold_lines(Figure& f, double waist, double top, double hem, double bottom, int folds,
                Colour colour) {
  for (int i = 1; i < folds; ++i) {
    const double t = 2.0 * i / folds - 1;
    Path line({t * waist * 0.9, top + 0.06});
    f.pen.crease(line.quad({t * waist * 1.15, (top + bottom) / 2}, {t * hem, bottom}), colour,
                 0.036);
  }
}

void draw_leg(Figure& f, double s, bool trousers, Colour cloth, Random& random, Colour shoe,
              Colour sock) {
  const auto at = [&](double x, double y) { return Point{s * x, f.low(y)}; };
  if (trousers) {
    f.pen.part(Part::clothes);
    f.pen.shape(Path::polygon(
                    {at(0.0, 1.86), at(0.36, 1.86), at(0.35, 2.3), at(0.34, 2.86), at(0.05, 2.86)}),
                cloth, 0.07);
  } else {
    f.pen.part(Part::skin);
    f.pen.shape(tube({at(0.17, 1.9), at(0.18, 2.3), at(0.185, 2.86)}, 0.135, 0.115), f.skin, 0.06);
    f.pen.part(Part::clothes);
    const double height = random.chance(0.5) ? 2.45 : 2.62;
    f.pen.shape(
        tube({at(0.182, height), at(0.185, (height + 2.88) / 2), at(0.187, 2.88)}, 0.128, 0.122),
        sock, 0.05);
  }
  f.pen.part(Part::clothes);
  Path boot(at(0.04, 2.80));
  boot.line(at(0.31, 2.80)).cubic(at(0.34, 2.88), at(0.42, 2.90), at(0.41, 2.98));
  boot.cubic(at(0.40, 3.03), at(0.08, 3.03), at(0.05, 3.0)).close();
  f.pen.shape(boot, shoe, 0.05);
}

bool wears_trousers(const Figure& f) {
  switch (f.who.clothing()) {
    case Clothing::suit:
    case Clothing::overalls:
      return true;
    case Clothing::hoodie:
    case Clothing::t_shirt:
    case Clothing::serafuku:
      return f.who.boy();
    default:
      return false;
  }
}

void draw_serafuku(Figure& f) {
  f.pen.shape(torso(0.40, 0.31, 0.35, 1.86), kWhite, 0.12);
  if (f.who.boy()) return;
  f.pen.shape(skirt(0.33, 1.76, 0.64, 2.34, 7, 0.04), f.cloth, 0.14);
  fold_lines(f, 0.33, 1.78, 0.60, 2.34, 7, f.cloth_shadow * 0.9);
}

void draw_dress(Figure& f, Random& random) {
  const double bottom = random.between(2.38, 2.58);
  const Colour frill = is(f, ClothingColor::white) ? Colour{196, 204, 234} : kWhite;
  f.pen.shape(skirt(0.30, 1.60, 0.74, bottom + 0.08, 9, 0.06), frill, 0.05);
  f.pen.shape(skirt(0.30, 1.56, 0.70, bottom - 0.06, 6, 0.05), f.cloth, 0.18);
  fold_lines(f, 0.30, 1.68, 0.62, bottom - 0.06, 6, f.cloth_shadow * 0.92);
  f.pen.shape(torso(0.37, 0.29, 0.30, 1.64), f.cloth, 0.12);
  const Colour sash = is(f, ClothingColor::white) || is(f, ClothingColor::yellow)
                          ? Colour{226, 96, 130}
                          : mix(f.cloth, kWhite, luminance(f.cloth) < 70 ? 0.72 : 0.6);
  Path belt({-0.31, 1.56});
  belt.quad({0, 1.62}, {0.31, 1.56}).line({0.32, 1.70}).quad({0, 1.76}, {-0.32, 1.70}).close();
  f.pen.shape(belt, sash, 0.05, 0.8);
}

void draw_hoodie(Figure& f, Colour dark) {
  if (!f.who.boy()) f.pen.shape(skirt(0.34, 1.86, 0.50, 2.26, 4, 0.03), dark, 0.1);
  f.pen.shape(torso(0.45, 0.44, 0.45, 1.98), f.cloth, 0.15);
  f.pen.crease(Path::polyline({{-0.45, 1.90}, {0, 1.94}, {0.45, 1.90}}), f.cloth_shadow, 0.05);
  Path pocket({-0.20, 1.58});
  pocket.line({0.20, 1.58}).quad({0.30, 1.70}, {0.32, 1.86}).line({-0.32, 1.86});
  pocket.quad({-0.30, 1.70}, {-0.20, 1.58}).close();
  f.pen.shape(pocket, mix(f.cloth, f.cloth_shadow, 0.45), 0, 0.8);
}

void draw_kimono(Figure& f, Random& random) {
  Path robe({-0.36, 1.10});
  robe.cubic({-0.40, 1.5}, {-0.36, 1.7}, {-0.38, 1.8});
  robe.quad({-0.44, f.low(2.3)}, {-0.46, f.low(2.78)});
  robe.quad({0, f.low(2.86)}, {0.46, f.low(2.78)});
  robe.quad({0.44, f.low(2.3)}, {0.38, 1.8});
  robe.cubic({0.36, 1.7}, {0.40, 1.5}, {0.36, 1.10});
  robe.quad({0.34, 1.0}, {0, 1.0}).quad({-0.34, 1.0}, {-0.36, 1.10}).close();
  f.pen.shape(robe, f.cloth, 0.16);
  Path wrap({0.04, 1.8});
  f.pen.crease(wrap.quad({0.10, f.low(2.3)}, {0.20, f.low(2.80)}), f.cloth_shadow * 0.85, 0.04);
  const Colour petal = is(f, ClothingColor::white)    ? Colour{240, 120, 160}
                       : is(f, ClothingColor::yellow) ? Colour{240, 110, 60}
                                                      : mix(f.cloth, kWhite, 0.72);
  for (int i = 0; i < 5; ++i) {
    const Point at{(i % 2 ? 0.24 : -0.22) + random.around(0.08), f.low(2.02 + 0.155 * i)};
    f.pen.mark(Path::ellipse(at, 0.075, 0.06, 0.7), petal);
    f.pen.mark(Path::ellipse(at, 0.075, 0.06, -0.7), petal);
  }
  const bool gold = !is(f, ClothingColor::yellow) && !is(f, ClothingColor::white);
  const Colour obi = gold ? Colour{252, 216, 100} : Colour{196, 56, 84};
  f.pen.shape(Path::polygon({{-0.37, 1.46}, {0.37, 1.46}, {0.39, 1.84}, {-0.39, 1.84}}), obi, 0.08);
  f.pen.stroke(Path::polyline({{-0.37, 1.65}, {0.37, 1.65}}),
               gold ? Colour{206, 52, 60} : Colour{252, 222, 130}, 0.08, 0);
}

void draw_suit(Figure& f) {
  f.pen.shape(torso(0.43, 0.38, 0.42, 2.02), f.cloth, 0.15);
  f.pen.crease(Path::polyline({{0, 1.62}, {0.02, 2.04}}), f.cloth_shadow * 0.8, 0.04);
  for (const double y : {1.70, 1.84})
    f.pen.mark(Path::ellipse({0.07, y}, 0.034, 0.034), {246, 216, 120});
}

void draw_t_shirt(Figure& f, Random& random, Colour dark) {
  if (!f.who.boy()) f.pen.shape(skirt(0.32, 1.82, 0.52, 2.28, 5, 0.03), dark, 0.1);
  f.pen.shape(torso(0.41, 0.36, 0.37, 1.90), f.cloth, 0.13);
  const Colour emblem = is(f, ClothingColor::white) || is(f, ClothingColor::yellow)
                            ? Colour{236, 84, 104}
                            : mix(f.cloth, kWhite, 0.82);
  switch (random.below(3)) {
    case 0: {  // a star
      Path star({0, 1.34});
      constexpr Point kStar[] = {{0.05, 1.46},  {0.18, 1.47},  {0.08, 1.55},
                                 {0.11, 1.68},  {0, 1.61},     {-0.11, 1.68},
                                 {-0.08, 1.55}, {-0.18, 1.47}, {-0.05, 1.46}};
      for (const Point p : kStar) star.line(p);
      f.pen.mark(star.close(), emblem);
      break;
    }
    case 1:
      f.pen.mark(Path::ellipse({0, 1.50}, 0.15, 0.15), emblem);
      break;
    default: {  // a heart
      Path heart({0, 1.66});
      heart.cubic({-0.34, 1.46}, {-0.16, 1.26}, {0, 1.42})
          .cubic({0.16, 1.26}, {0.34, 1.46}, {0, 1.66});
      f.pen.mark(heart.close(), emblem);
    }
  }
}

void draw_overalls(Figure& f) {
  f.pen.shape(torso(0.41, 0.36, 0.37, 1.86), kWhite, 0.12);
  for (const double s : {-1.0, 1.0}) {
    f.pen.shape(
        Path::polygon({{s * 0.17, 1.04}, {s * 0.28, 1.04}, {s * 0.25, 1.46}, {s * 0.13, 1.46}}),
        f.cloth, 0, 0.8);
  }
  Path bib({-0.25, 1.38});
  bib.line({0.25, 1.38}).cubic({0.25, 1.58}, {0.34, 1.62}, {0.39, 1.68}).line({0.40, 2.02});
  bib.line({0, 2.06}).line({-0.40, 2.02}).line({-0.39, 1.68});
  bib.cubic({-0.34, 1.62}, {-0.25, 1.58}, {-0.25, 1.38}).close();
  f.pen.shape(bib, f.cloth, 0.13);
  f.pen.shape(Path::polygon({{-0.13, 1.52}, {0.13, 1.52}, {0.12, 1.72}, {0, 1.76}, {-0.12, 1.72}}),
              mix(f.cloth, f.cloth_shadow, 0.5), 0, 0.8);
  const Colour button = is(f, ClothingColor::yellow) ? Colour{140, 90, 60} : Colour{252, 212, 84};
  for (const double s : {-1.0, 1.0})
    f.pen.mark(Path::ellipse({s * 0.19, 1.45}, 0.055, 0.055), button);
}

void serafuku_collar(Figure& f) {
  Path half({0, 1.50});
  half.line({0.22, 1.42}).quad({0.44, 1.42}, {0.47, 1.34}).quad({0.46, 1.14}, {0.30, 1.02});
  half.line({0.20, 0.98}).line({0, 1.34});
  const Path collar = Path::symmetric(half);
  f.pen.shape(collar, f.cloth, 0.05);
  const Colour stripe = is(f, ClothingColor::white) ? Colour{70, 100, 214} : kWhite;
  for (const double s : {-1.0, 1.0}) {
    f.pen.stroke(Path::polyline({{s * 0.40, 1.33}, {s * 0.20, 1.35}, {s * 0.02, 1.43}}), stripe,
                 0.04, 0.2);
  }
  const Colour knot = tie_colour(f);
  for (const double s : {-1.0, 1.0}) {
    Path loop({0, 1.47});
    loop.quad({s * 0.20, 1.34}, {s * 0.27, 1.42}).quad({s * 0.28, 1.60}, {s * 0.20, 1.64});
    f.pen.shape(loop.quad({s * 0.08, 1.56}, {0, 1.47}).close(), knot, 0.03, 0.8);
  }
  f.pen.shape(Path::ellipse({0, 1.48}, 0.075, 0.07), knot, 0, 0.8);
}

void hood(Figure& f) {
  Path around({-0.46, 1.06});
  around.cubic({-0.40, 1.26}, {-0.14, 1.34}, {0, 1.36})
      .cubic({0.14, 1.34}, {0.40, 1.26}, {0.46, 1.06});
  around.quad({0.30, 0.92}, {0.16, 0.98}).quad({0.10, 1.14}, {0, 1.16});
  around.quad({-0.10, 1.14}, {-0.16, 0.98}).quad({-0.30, 0.92}, {-0.46, 1.06}).close();
  f.pen.shape(around, mix(f.cloth, f.cloth_shadow, 0.6), 0.05);
  const Colour cord = luminance(f.cloth) > 190 ? Colour{96, 100, 130} : kWhite;
  for (const double s : {-1.0, 1.0}) {
    f.pen.stroke(Path::polyline({{s * 0.10, 1.30}, {s * 0.12, 1.56}}), cord, 0.05, 0);
    f.pen.mark(Path::ellipse({s * 0.12, 1.57}, 0.035, 0.045), cord);
  }
}

void kimono_collar(Figure& f) {
  const Colour band = luminance(f.cloth) < 190 ? mix(f.cloth, kWhite, 0.62) : Colour{228, 150, 90};
  f.pen.fill(Path::polygon({{-0.20, 0.98}, {0.20, 0.98}, {0.02, 1.40}}), kWhite);
  f.pen.shape(Path::polygon({{0.28, 1.0}, {0.14, 0.96}, {-0.22, 1.46}, {-0.04, 1.46}}), band, 0,
              0.8);
  f.pen.shape(Path::polygon({{-0.28, 1.0}, {-0.14, 0.96}, {0.22, 1.46}, {0.04, 1.46}}), band, 0,
              0.8);
}

void suit_collar(Figure& f) {
  f.pen.shape(Path::polygon({{-0.22, 0.98}, {0.22, 0.98}, {0, 1.62}}), kWhite, 0, 0.8);
  const Colour tie = is(f, ClothingColor::red) || is(f, ClothingColor::pink) ? Colour{50, 64, 130}
                                                                             : Colour{214, 40, 52};
  f.pen.shape(Path::polygon({{-0.07, 1.08},
                             {0.07, 1.08},
                             {0.045, 1.17},
                             {0.085, 1.44},
                             {0, 1.58},
                             {-0.085, 1.44},
                             {-0.045, 1.17}}),
              tie, 0.03, 0.8);
  for (const double s : {-1.0, 1.0}) {
    f.pen.shape(Path::polygon({{s * 0.15, 0.97},
                               {s * 0.32, 1.03},
                               {s * 0.30, 1.24},
                               {s * 0.34, 1.30},
                               {s * 0.01, 1.66}}),
                mix(f.cloth, f.cloth_shadow, 0.55), 0.03, 0.9);
  }
}

void round_neck(Figure& f, Colour rim) {
  Path neck({-0.20, 0.98});
  neck.cubic({-0.16, 1.16}, {0.16, 1.16}, {0.20, 0.98}).quad({0, 0.9}, {-0.20, 0.98}).close();
  f.pen.part(Part::skin);
  f.pen.fill(neck, f.skin_shadow);
  Path line({-0.21, 0.99});
  f.pen.stroke(line.cubic({-0.16, 1.18}, {0.16, 1.18}, {0.21, 0.99}), rim, 0.05, 0.2);
}

}  // namespace

void draw_legs(Figure& f) {
  f.on_body();
  Random random = Random::stream(f.seed, 53);
  const Colour dark = random.pick(kDarks), shoe = random.pick(kShoes);
  const Colour sock = random.chance(0.6) ? kWhite : Colour{58, 54, 66};
  const bool kimono = f.who.clothing() == Clothing::kimono;
  const bool trousers = wears_trousers(f);
  const Colour cloth = f.who.clothing() == Clothing::suit || f.who.clothing() == Clothing::overalls
                           ? f.cloth
                       : f.who.clothing() == Clothing::serafuku ? f.cloth
                                                                : dark;
  for (const double s : {-1.0, 1.0}) {
    Random same = random;
    draw_leg(f, s, trousers, cloth, same, kimono ? Colour{150, 92, 62} : shoe,
             kimono ? kWhite : sock);
  }
  f.pen.part(Part::skin);
  f.pen.shape(Path::polygon({{-0.15, 0.80}, {0.15, 0.80}, {0.17, 1.12}, {-0.17, 1.12}}),
              f.skin_shadow);
}

void draw_clothes(Figure& f) {
  f.on_body();
  f.pen.part(Part::clothes);
  Random random = f.chances(Chance::clothes);
  Random legs = Random::stream(f.seed, 53);
  const Colour dark = legs.pick(kDarks);
  switch (f.who.clothing()) {
    case Clothing::serafuku:
      draw_serafuku(f);
      break;
    case Clothing::dress:
      draw_dress(f, random);
      break;
    case Clothing::hoodie:
      draw_hoodie(f, dark);
      break;
    case Clothing::kimono:
      draw_kimono(f, random);
      break;
    case Clothing::suit:
      draw_suit(f);
      break;
    case Clothing::t_shirt:
      draw_t_shirt(f, random, dark);
      break;
    case Clothing::overalls:
      draw_overalls(f);
      break;
  }
}

/// What lies over the shoulders and the arms' beginnings.
void draw_collar(Figure& f) {
  f.on_body();
  f.pen.part(Part::clothes);
  switch (f.who.clothing()) {
    case Clothing::serafuku:
      serafuku_collar(f);
      break;
    case Clothing::dress:
      round_neck(f, is(f, ClothingColor::white) ? Colour{170, 180, 220} : kWhite);
      break;
    case Clothing::hoodie:
      hood(f);
      break;
    case Clothing::kimono:
      kimono_collar(f);
      break;
    case Clothing::suit:
      suit_collar(f);
      break;
    case Clothing::t_shirt:
      round_neck(f, f.cloth_shadow);
      break;
    case Clothing::overalls:
      round_neck(f, {190, 196, 220});
      break;
  }
}

}  // namespace newbie::world
