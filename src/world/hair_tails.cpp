/// Hair that is tied or curled away from the head: twintails, ponytail, braids, drills, buns.

#include <cmath>

#include "world/figure.h"

namespace newbie::world {
namespace {

void draw_tie(Figure& f, Point at, double rx, double ry, double radians) {
  f.pen.part(Part::other);
  f.pen.shape(Path::ellipse(at, rx, ry, radians), f.bright, 0.04);
  f.pen.part(Part::hair);
}

/// A swinging lock from a tie to a tip: `out` bulges away from the head.
void draw_tail(Figure& f, std::initializer_list<Point> outer, std::initializer_list<Point> inner) {
  std::vector<Point> around(outer);
  around.insert(around.end(), inner.begin(), inner.end());
  for (Point& p : around) p.x += f.sway * 0.5 * std::max(0.0, p.y + 0.4);
  const Path tail = Path::through(around, true);
  f.pen.shape(tail, f.hair, 0.16);
  // Strands follow the middle between the two sides.
  const size_t last = around.size() - 1;
  for (const double t : {0.36, 0.66}) {
    std::vector<Point> strand;
    for (size_t i = 1; i < outer.size(); ++i) {
      strand.push_back(
          mix(around[i], around[last - (i < inner.size() ? i - 1 : inner.size() - 1)], t));
    }
    f.pen.crease(Path::through(strand, false), f.hair_shadow, 0.034);
  }
  f.pen.crescent(tail, f.hair_shine, -0.07);
}

void draw_twintails(Figure& f, Random& random) {
  const double l = random.between(0.92, 1.1);
  for (const double s : {-1.0, 1.0}) {
    draw_tail(f,
              {{s * 0.80, -0.66},
               {s * 1.16, -0.62},
               {s * 1.42, -0.10},
               {s * 1.44, 0.62 * l},
               {s * 1.36, 1.25 * l},
               {s * 1.18, 1.82 * l}},
              {{s * 1.10, 1.25 * l}, {s * 1.04, 0.7 * l}, {s * 1.0, 0.1}, {s * 0.86, -0.36}});
  }
}

void draw_ponytail(Figure& f, Random& random) {
  const double l = random.between(0.92, 1.1), s = f.side;
  draw_tail(f,
            {{s * 0.30, -1.0},
             {s * 0.66, -1.40},
             {s * 1.20, -1.10},
             {s * 1.46, -0.30},
             {s * 1.44, 0.50 * l},
             {s * 1.22, 1.30 * l}},
            {{s * 1.14, 0.7 * l}, {s * 1.06, 0.05}, {s * 0.90, -0.56}, {s * 0.60, -0.86}});
}

/// A ringlet: turns of a cone, from the tip up, each with its shadow below and light above.
void draw_drill(Figure& f, double s, double l) {
  constexpr int kTurns = 5;
  for (int i = kTurns; i >= 0; --i) {
    const double wide = 0.36 - 0.052 * i, y = 0.30 + i * 0.295 * l;
    const double x = s * (1.04 + 0.012 * i) + f.sway * 0.22 * i;
    const double turn = -s * 0.30;
    const Path ring = Path::ellipse({x, y}, wide, 0.215 - 0.012 * i, turn);
    f.pen.shape(ring, f.hair);
    Path shadow({x - wide * 0.92, y + 0.02 - s * 0.02});
    shadow.quad({x, y + 0.27}, {x + wide * 0.92, y + 0.02 + s * 0.02});
    shadow.quad({x, y + 0.12}, {x - wide * 0.92, y + 0.02 - s * 0.02}).close();
    f.pen.tone(shadow, f.hair_shadow);
    f.pen.tone(Path::ellipse({x - 0.3 * wide, y - 0.07}, wide * 0.42, 0.045, turn), f.hair_shine);
  }
}

/// A plait: two rows of leaves that overlap, then a tie and a tuft.
void draw_braid(Figure& f, double s, double l) {
  constexpr int kTurns = 7;
  const double step = 0.19 * l;
  const auto at = [&](double i) {
    return Point{s * (0.70 + 0.035 * i) + f.sway * 0.10 * i, 0.74 + i * step};
  };
  const Point end = at(kTurns - 0.3);
  Path tuft(end + Point{-0.09, 0});
  tuft.quad(end + Point{-0.18, 0.20}, end + Point{-0.04, 0.38});
  tuft.quad(end + Point{0.0, 0.30}, end + Point{0.03, 0.36});
  tuft.quad(end + Point{0.19, 0.20}, end + Point{0.09, 0}).close();
  f.pen.shape(tuft, f.hair, 0.05);
  for (int i = 0; i < kTurns; ++i) {
    const double wide = 0.20 - 0.008 * i, turn = (i % 2 ? -1 : 1) * 0.80;
    const Point middle = at(i) + Point{(i % 2 ? 0.06 : -0.06), 0};
    f.pen.shape(Path::ellipse(middle, wide, 0.115, turn), f.hair, 0.07, 0.9);
    f.pen.tone(Path::ellipse(middle + Point{0, -0.045}, wide * 0.4, 0.026, turn), f.hair_shine);
  }
  draw_tie(f, end, 0.125, 0.07, 0);
}

void draw_bun(Figure& f, double s) {
  // Below the brim of a hat, else on top.
  const bool hat = f.who.accessory() == Accessory::straw_hat;
  const Point middle = hat ? Point{s * 1.10, -0.18} : Point{s * 0.74, -1.02};
  const Path bun = Path::ellipse(middle, 0.37, 0.35);
  f.pen.shape(bun, f.hair, 0.15);
  f.pen.crescent(bun, f.hair_shine, -0.10);
  Path spiral(middle + Point{-s * 0.20, 0.20});
  spiral.cubic(middle + Point{-s * 0.26, -0.20}, middle + Point{s * 0.20, -0.26},
               middle + Point{s * 0.18, 0.02});
  spiral.cubic(middle + Point{s * 0.16, 0.20}, middle + Point{-s * 0.10, 0.16},
               middle + Point{-s * 0.06, 0.0});
  f.pen.crease(spiral, f.hair_shadow, 0.046);
  if (!hat) draw_tie(f, middle + Point{-s * 0.16, 0.28}, 0.22, 0.075, s * 0.62);
}

}  // namespace

void draw_tails(Figure& f) {
  f.on_head();
  f.pen.part(Part::hair);
  Random random = Random::stream(f.seed, 52);
  switch (f.who.hair_style()) {
    case HairStyle::twintails:
      draw_twintails(f, random);
      break;
    case HairStyle::ponytail:
      draw_ponytail(f, random);
      break;
    case HairStyle::drill_hair: {
      const double l = random.between(0.92, 1.08);
      for (const double s : {-1.0, 1.0}) draw_drill(f, s, l);
      break;
    }
    default:
      break;
  }
}

void draw_front_braids(Figure& f) {
  if (f.who.hair_style() != HairStyle::twin_braids) return;
  f.on_head();
  f.pen.part(Part::hair);
  Random random = Random::stream(f.seed, 52);
  const double l = random.between(0.92, 1.06);
  for (const double s : {-1.0, 1.0}) draw_braid(f, s, l);
}

/// What sits behind the bangs so that they cover its foot: cat ears and buns.
void draw_behind_bangs(Figure& f) {
  f.on_head();
  if (f.who.hair_style() == HairStyle::double_bun) {
    f.pen.part(Part::hair);
    for (const double s : {-1.0, 1.0}) draw_bun(f, s);
  }
  if (f.who.accessory() == Accessory::cat_ears) {
    f.pen.part(Part::other);
    for (const double s : {-1.0, 1.0}) {
      Path ear({s * 0.16, -1.02});
      ear.quad({s * 0.40, -1.46}, {s * 0.76, -1.66})
          .quad({s * 0.98, -1.26}, {s * 0.92, -0.56})
          .close();
      f.pen.shape(ear, f.hair, 0.07, 1.1);
      Path inside({s * 0.38, -1.04});
      inside.quad({s * 0.52, -1.30}, {s * 0.72, -1.44}).quad({s * 0.84, -1.18}, {s * 0.82, -0.70});
      f.pen.mark(inside.close(), {255, 166, 184});
    }
  }
  // Ties of the tails show in front of the side of the head.
  if (f.who.hair_style() == HairStyle::twintails) {
    for (const double s : {-1.0, 1.0}) draw_tie(f, {s * 0.92, -0.60}, 0.10, 0.19, s * 0.35);
  }
  if (f.who.hair_style() == HairStyle::ponytail) {
    draw_tie(f, {f.side * 0.52, -1.08}, 0.19, 0.10, f.side * 0.5);
  }
}

}  // namespace newbie::world
