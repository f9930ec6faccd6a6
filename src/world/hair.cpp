/// Hair around the face: the mass behind the head, bangs, side locks, and the light on them.

#include <array>
#include <vector>

#include "world/figure.h"

namespace newbie::world {
namespace {

/// A lock ends in a tip; the next one begins at the gap.
struct Lock {
  Point tip, gap;
};

/// Continues the outline along a row of locks, each curving down to its tip and back up.
void add_locks(Path& path, std::span<const Lock> locks) {
  for (const Lock& lock : locks) {
    const Point from = path.last();
    path.quad({from.x + (lock.tip.x - from.x) * 0.12, from.y + (lock.tip.y - from.y) * 0.72},
              lock.tip);
    path.quad({lock.tip.x + (lock.gap.x - lock.tip.x) * 0.72,
               lock.tip.y + (lock.gap.y - lock.tip.y) * 0.42},
              lock.gap);
  }
}

/// Locks of even width from `from` to `to` (right to left), tips near `tip_y`, gaps near `gap_y`.
std::vector<Lock> even_locks(Random& random, int count, Point from, Point to, double tip_y,
                             double gap_y, double spread) {
  std::vector<Lock> locks;
  for (int i = 0; i < count; ++i) {
    const double a = (i + 0.5) / count, b = (i + 1.0) / count;
    const double tip = from.x + (to.x - from.x) * a + random.around(0.06);
    const double gap = from.x + (to.x - from.x) * b;
    locks.push_back({{tip, tip_y + random.around(spread)}, {gap, gap_y + random.around(0.03)}});
  }
  locks.back().gap = to;
  return locks;
}

/// The skull's cap from the left temple over the top to the right one.
Path cap(double x, double y, double top) {
  Path path({-x, y});
  path.cubic({-x - 0.08, y - 0.55}, {-0.72, top}, {0, top});
  path.cubic({0.72, top}, {x + 0.08, y - 0.55}, {x, y});
  return path;
}

Path long_back(Random& random) {
  const double w = random.between(1.04, 1.18), end = random.between(2.15, 2.5);
  Path path({-w, end - 0.3});
  path.cubic({-w - 0.14, 1.5}, {-w, 0.9}, {-1.02, 0.2});
  path.cubic({-1.06, -0.6}, {-0.72, -1.16}, {0, -1.16});
  path.cubic({0.72, -1.16}, {1.06, -0.6}, {1.02, 0.2});
  path.cubic({w, 0.9}, {w + 0.14, 1.5}, {w, end - 0.3});
  add_locks(path, even_locks(random, 6, {w, 0}, {-w, end - 0.3}, end + 0.1, end - 0.22, 0.12));
  return path.close();
}

Path bob_back(Random& random) {
  const double w = random.between(1.06, 1.15), end = random.between(0.92, 1.02);
  Path path({-0.66, end});
  path.cubic({-1.0, end + 0.06}, {-w - 0.08, 0.66}, {-w, 0.2});
  path.cubic({-w - 0.02, -0.62}, {-0.74, -1.16}, {0, -1.16});
  path.cubic({0.74, -1.16}, {w + 0.02, -0.62}, {w, 0.2});
  path.cubic({w + 0.08, 0.66}, {1.0, end + 0.06}, {0.66, end});
  path.quad({0, end - 0.2}, {-0.66, end});
  return path.close();
}

Path short_back(Random& random, double end) {
  Path path = cap(1.0, 0.2, -1.14);
  path.quad({1.06, 0.44}, {1.08, end - 0.12});
  const auto down = [&] { return end + random.around(0.06); };
  const std::array<Lock, 6> locks = {{{{0.98, end - 0.02}, {0.80, end - 0.12}},
                                      {{0.62, down() + 0.08}, {0.42, end - 0.04}},
                                      {{0.18, down() + 0.12}, {-0.06, end - 0.02}},
                                      {{-0.30, down() + 0.12}, {-0.50, end - 0.04}},
                                      {{-0.70, down() + 0.06}, {-0.84, end - 0.12}},
                                      {{-1.08, end - 0.08}, {-1.0, 0.2}}}};
  add_locks(path, locks);
  return path.close();
}

struct Bangs {
  std::vector<Lock> locks;  ///< from the right temple to the left
};

Bangs make_bangs(Random& random, bool boy) {
  const auto r = [&](double range) { return random.around(range); };
  const Point end{-0.95, 0.06};
  switch (random.below(boy ? 4 : 5)) {
    case 0:  // even and swept a little
      return {{{{0.74, 0.06 + r(.05)}, {0.58, -0.20}},
               {{0.44, 0.02 + r(.04)}, {0.24, -0.26}},
               {{0.10, 0.06 + r(.04)}, {-0.10, -0.26}},
               {{-0.24, 0.02 + r(.04)}, {-0.42, -0.22}},
               {{-0.58, 0.04 + r(.05)}, {-0.72, -0.14}},
               {{-0.86, 0.16}, end}}};
    case 1:  // a long lock between the eyes
      return {{{{0.80, 0.18 + r(.06)}, {0.64, -0.22}},
               {{0.52, 0.0 + r(.05)}, {0.26, -0.40}},
               {{0.02 + r(.05), 0.20 + r(.05)}, {-0.20, -0.40}},
               {{-0.48, 0.0 + r(.05)}, {-0.64, -0.22}},
               {{-0.82, 0.18 + r(.06)}, end}}};
    case 2:  // parted in the middle
      return {{{{0.82, 0.22 + r(.06)}, {0.70, -0.08}},
               {{0.60, -0.02 + r(.05)}, {0.40, -0.30}},
               {{0.26, -0.16 + r(.04)}, {0.02, -0.68}},
               {{-0.24, -0.16 + r(.04)}, {-0.40, -0.30}},
               {{-0.58, -0.02 + r(.05)}, {-0.70, -0.08}},
               {{-0.84, 0.22 + r(.06)}, end}}};
    case 3:  // swept from a parting on the right
      return {{{{0.86, 0.14 + r(.05)}, {0.68, -0.30}},
               {{0.62, -0.12 + r(.04)}, {0.42, -0.62}},
               {{0.18, 0.02 + r(.05)}, {0.02, -0.28}},
               {{-0.18, 0.08 + r(.05)}, {-0.34, -0.20}},
               {{-0.56, 0.10 + r(.05)}, {-0.70, -0.10}},
               {{-0.86, 0.20}, end}}};
    default:  // cut straight
      return {even_locks(random, 7, {0.93, 0.06}, end, 0.0, -0.08, 0.03)};
  }
}

double side_lock_length(const Figure& f) {
  if (f.who.boy() && f.who.hair_style() == HairStyle::short_hair) return 0.40;
  switch (f.who.hair_style()) {
    case HairStyle::short_hair:
      return 0.50;
    case HairStyle::bob_cut:
      return 0.86;
    case HairStyle::long_hair:
      return 1.12;
    case HairStyle::twintails:
      return 0.66;
    case HairStyle::ponytail:
      return 0.78;
    case HairStyle::twin_braids:
      return 0.56;
    case HairStyle::drill_hair:
      return 0.50;
    case HairStyle::double_bun:
      return 0.60;
  }
  return 0.5;
}

void draw_side_locks(Figure& f, Random& random) {
  const double end = side_lock_length(f) + random.around(0.08);
  for (const double s : {-1.0, 1.0}) {
    Path lock({s * 0.70, -0.50});
    lock.cubic({s * 0.98, -0.40}, {s * 1.03, 0.05}, {s * 0.99, end * 0.62});
    lock.quad({s * 0.97, end * 0.9}, {s * 0.82, end + 0.05});
    lock.quad({s * 0.83, end * 0.7}, {s * 0.74, end * 0.30});
    lock.quad({s * 0.72, -0.1}, {s * 0.70, -0.50}).close();
    f.pen.shape(lock, f.hair, 0.10);
    Path strand({s * 0.86, end * 0.15});
    f.pen.crease(strand.quad({s * 0.92, end * 0.5}, {s * 0.86, end * 0.82}), f.hair_shadow);
  }
}

/// A band of light across the crown, ragged below.
void draw_shine(Figure& f, Random& random) {
  const double from = random.between(-0.78, -0.62), to = random.between(0.40, 0.72);
  const double lift = random.around(0.05);
  const auto at = [&](double x) { return -0.62 - 0.16 * (1 - x * x / 0.6) + lift; };
  Path band({from, at(from)});
  constexpr int kTeeth = 7;
  for (int i = 1; i <= kTeeth; ++i) {
    const double x = from + (to - from) * i / kTeeth, mid = x - (to - from) * 0.5 / kTeeth;
    band.line({mid, at(mid) + (i % 2 ? 0.10 : 0.065)}).line({x, at(x) + 0.025});
  }
  band.quad({(from + to) / 2, at(0) - 0.10}, {from, at(from)}).close();
  f.pen.tone(band, mix(f.hair, f.hair_shine, 0.72));
}

}  // namespace

void draw_back_hair(Figure& f) {
  f.on_head();
  f.pen.part(Part::hair);
  Random random = f.chances(Chance::hair);
  const Colour behind = mix(f.hair, f.hair_shadow, 0.85);
  switch (f.who.hair_style()) {
    case HairStyle::long_hair: {
      f.pen.shape(long_back(random), behind);
      for (const double s : {-1.0, 1.0}) {
        for (const double x : {0.50, 0.78, 1.0}) {
          Path strand({s * x, 1.0});
          f.pen.crease(strand.quad({s * (x + 0.10), 1.6}, {s * (x + 0.04), 2.15}),
                       f.hair_shadow * 0.82, 0.03);
        }
        Path lit({s * 1.0, 0.3});
        lit.cubic({s * 1.08, 0.9}, {s * 1.14, 1.4}, {s * 1.04, 2.0});
        lit.cubic({s * 1.0, 1.4}, {s * 0.92, 0.9}, {s * 0.9, 0.4}).close();
        f.pen.tone(lit, f.hair);
      }
      break;
    }
    case HairStyle::bob_cut:
      f.pen.shape(bob_back(random), behind);
      break;
    case HairStyle::short_hair:
      f.pen.shape(short_back(random, f.who.boy() ? 0.62 : 0.78), behind);
      break;
    default:
      f.pen.shape(short_back(random, 0.66), behind);
      break;
  }
}

void draw_front_hair(Figure& f) {
  f.on_head();
  f.pen.part(Part::hair);
  Random random = f.chances(Chance::hair);
  for (int i = 0; i < 20; ++i) random.next();  // apart from what the back has drawn
  const Bangs bangs = make_bangs(random, f.who.boy());
  const double flip = f.side;
  draw_side_locks(f, random);

  Path front = cap(0.95, 0.06, -1.15);
  add_locks(front, bangs.locks);
  front.close();
  if (flip < 0) front = front.mirrored();
  f.pen.shape(front, f.hair, 0.12);
  for (size_t i = 0; i + 1 < bangs.locks.size(); ++i) {
    const Point gap = bangs.locks[i].gap;
    Path strand({flip * gap.x, gap.y});
    f.pen.crease(
        strand.quad({flip * gap.x * 0.97, gap.y - 0.16}, {flip * gap.x * 0.84, gap.y - 0.32}),
        f.hair_shadow, 0.036);
  }
  draw_shine(f, random);
  const bool covered =
      f.who.accessory() == Accessory::straw_hat || f.who.accessory() == Accessory::headphones;
  if (random.chance(0.3) && !covered) {
    Path hair({0.02 * flip, -1.10});
    hair.cubic({-0.02 * flip, -1.34}, {0.18 * flip, -1.42}, {0.36 * flip, -1.26});
    hair.cubic({0.22 * flip, -1.34}, {0.09 * flip, -1.28}, {0.11 * flip, -1.10}).close();
    f.pen.shape(hair, f.hair, 0, 0.8);
  }
}

}  // namespace newbie::world
