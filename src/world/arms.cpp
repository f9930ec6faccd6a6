/// Arms, sleeves and hands for every action.

#include <array>

#include "world/figure.h"

namespace newbie::world {
namespace {

enum class Hand { resting, open, fist, on_hip };

/// Shoulder, elbow and wrist of one arm; `side` is where it hangs: -1 left, 1 right in the picture.
struct Arm {
  Point shoulder, elbow, wrist;
  Hand hand;
  double side;
};

Arm resting_arm(double side, Random& random) {
  const double out = random.around(0.05);
  return {{0.35, 1.20},
          {0.50 + out, 1.50},
          {0.55 + 1.6 * out, 1.80 + random.around(0.03)},
          Hand::resting,
          side};
}

Arm raised_arm(double side, Random& random, bool waving) {
  const double out = random.around(0.06), up = random.around(0.06);
  if (waving) return {{0.34, 1.20}, {0.84 + out, 1.34}, {1.16 + out, 0.86 + up}, Hand::open, side};
  return {{0.34, 1.18}, {0.96 + out, 0.92}, {1.20 + out, 0.28 + up}, Hand::open, side};
}

/// The arms of an action: the one on the figure's own side first.
std::array<Arm, 2> arms_of(const Figure& f) {
  Random random = f.chances(Chance::arms);
  const double s = f.side;
  switch (f.who.action()) {
    case Action::standing:
      break;
    case Action::waving:
      return {raised_arm(s, random, true), resting_arm(-s, random)};
    case Action::arms_up:
      return {raised_arm(s, random, false), raised_arm(-s, random, false)};
    case Action::holding_umbrella:
      return {Arm{{0.35, 1.20}, {0.66, 1.54}, {0.93, 1.31}, Hand::fist, s},
              resting_arm(-s, random)};
    case Action::hands_on_hips: {
      const double out = random.around(0.04);
      const Arm right{{0.35, 1.20}, {0.86 + out, 1.50}, {0.46, 1.76}, Hand::on_hip, s};
      Arm left = right;
      left.side = -s;
      return {right, left};
    }
  }
  return {resting_arm(s, random), resting_arm(-s, random)};
}

bool raised(const Arm& arm) { return arm.hand == Hand::open || arm.hand == Hand::fist; }

/// Palm with four fingers and a thumb, the wrist at (0, 0), fingers towards -y, one unit long.
Path open_hand() {
  Path hand({-0.30, 0.05});
  hand.cubic({-0.46, -0.10}, {-0.54, -0.30}, {-0.52, -0.50});
  hand.cubic({-0.66, -0.84}, {-0.44, -0.98}, {-0.30, -0.62});
  hand.cubic({-0.30, -1.20}, {-0.02, -1.20}, {-0.03, -0.66});
  hand.cubic({0.04, -1.18}, {0.30, -1.12}, {0.22, -0.60});
  hand.cubic({0.36, -0.98}, {0.58, -0.84}, {0.44, -0.46});
  hand.cubic({0.72, -0.62}, {0.86, -0.40}, {0.60, -0.22});
  hand.cubic({0.48, -0.12}, {0.40, 0.0}, {0.30, 0.05});
  return hand.close();
}

/// A hand that hangs: the thumb at the side of the body.
Path resting_hand() {
  Path hand({-0.34, 0.0});
  hand.cubic({-0.52, -0.30}, {-0.46, -0.74}, {-0.22, -0.90});
  hand.cubic({-0.02, -1.00}, {0.20, -0.92}, {0.28, -0.66});
  hand.cubic({0.54, -0.74}, {0.60, -0.44}, {0.40, -0.26});
  hand.cubic({0.38, -0.16}, {0.34, -0.08}, {0.34, 0.0});
  return hand.close();
}

void draw_hand(Figure& f, const Arm& arm, Point elbow, Point wrist) {
  const Point up = unit(wrist - elbow);
  const double size = arm.hand == Hand::open ? 0.30 : 0.24;
  // Along the forearm; the thumb points to the middle of the picture when raised.
  const double thumb = arm.hand == Hand::open ? -arm.side : -arm.side;
  const Affine place{-up.y * size * thumb, -up.x * size, up.x * size * thumb,
                     -up.y * size,         wrist.x,      wrist.y};
  f.pen.part(Part::skin);
  switch (arm.hand) {
    case Hand::open: {
      const Path hand = open_hand().transformed(place);
      f.pen.shape(hand, f.skin, 0.03, 0.9);
      for (const Point gap : {Point{-0.30, -0.62}, Point{-0.03, -0.66}, Point{0.22, -0.60}}) {
        Path line(place(gap));
        f.pen.crease(line.line(place(gap * 0.8)), f.skin_shadow, 0.028);
      }
      break;
    }
    case Hand::resting:
      f.pen.shape(resting_hand().transformed(place), f.skin, 0.03, 0.9);
      break;
    case Hand::on_hip:
      f.pen.shape(Path::ellipse(wrist + up * 0.05, 0.125, 0.10), f.skin, 0.03, 0.9);
      break;
    case Hand::fist: {
      const Point middle = wrist + up * 0.08;
      f.pen.shape(Path::ellipse(middle, 0.135, 0.125), f.skin, 0.03, 0.9);
      for (const double dy : {-0.045, 0.015, 0.07}) {
        f.pen.crease(Path::polyline({middle + Point{-arm.side * 0.10, dy},
                                     middle + Point{-arm.side * 0.0, dy}}),
                     mix(f.skin_shadow, {150, 70, 70}, 0.4), 0.026);
      }
      break;
    }
  }
}

/// A wide sleeve that hangs from the forearm.
void draw_kimono_sleeve(Figure& f, const Arm& arm, Point shoulder, Point elbow, Point wrist) {
  const double s = arm.side;
  const Point cuff = mix(elbow, wrist, 0.80);
  const Point hang{0, raised(arm) ? 0.52 : 0.40};
  const Point lift{0.06 * s, -0.12};
  Path sleeve(shoulder + Point{-0.02 * s, -0.12});
  sleeve.quad(elbow + lift, cuff + Point{0.10 * s, -0.10});
  sleeve.line(cuff + hang + Point{0.05 * s, 0});
  sleeve.quad(mix(elbow, cuff, 0.4) + hang + Point{0, 0.16},
              mix(shoulder, elbow, 0.75) + hang * 0.9);
  sleeve.quad(shoulder + Point{0.08 * s, 0.34}, shoulder + Point{-0.10 * s, 0.30}).close();
  f.pen.part(Part::clothes);
  f.pen.shape(sleeve, f.cloth, 0.10);
  Path trim(cuff + Point{0.04 * s, -0.06});
  f.pen.crease(trim.line(cuff + hang + Point{-0.0 * s, -0.04}), f.cloth_shadow, 0.05);
}

struct Sleeve {
  double reach;  ///< share of the arm that is covered, 0 to 1
  double width;
  Colour colour;
};

Sleeve sleeve_of(const Figure& f) {
  switch (f.who.clothing()) {
    case Clothing::serafuku:
      return {0.93, 0.145, kWhite};
    case Clothing::dress:
      return {0.30, 0.21, f.cloth};
    case Clothing::hoodie:
      return {0.95, 0.16, f.cloth};
    case Clothing::suit:
      return {0.93, 0.145, f.cloth};
    case Clothing::t_shirt:
      return {0.40, 0.155, f.cloth};
    case Clothing::overalls:
      return {0.42, 0.15, kWhite};
    case Clothing::kimono:
      break;
  }
  return {0, 0, f.cloth};
}

void draw_arm(Figure& f, const Arm& arm) {
  const auto at = [&](Point p) { return Point{p.x * arm.side, p.y}; };
  const Point shoulder = at(arm.shoulder), elbow = at(arm.elbow), wrist = at(arm.wrist);
  // Half-way points round the elbow.
  const Point bend = mix(mix(shoulder, elbow, 0.5), mix(elbow, wrist, 0.5), 0.5);
  const Point joint = mix(elbow, bend, 0.35);
  f.pen.part(Part::skin);
  if (f.who.clothing() == Clothing::kimono) {
    f.pen.shape(tube({elbow, mix(elbow, wrist, 0.5), wrist}, 0.10, 0.09), f.skin, 0.04);
    draw_hand(f, arm, elbow, wrist);
    draw_kimono_sleeve(f, arm, shoulder, elbow, wrist);
    return;
  }
  const Sleeve sleeve = sleeve_of(f);
  const bool covered = sleeve.reach > 0.6;
  if (!covered)
    f.pen.shape(tube({shoulder, mix(shoulder, joint, 0.5), joint, mix(joint, wrist, 0.5), wrist},
                     0.105, 0.088),
                f.skin, 0.05);
  draw_hand(f, arm, elbow, wrist);
  f.pen.part(Part::clothes);
  if (covered) {
    const Point end = mix(joint, wrist, 2 * sleeve.reach - 1);
    f.pen.shape(tube({shoulder, mix(shoulder, joint, 0.5), joint, mix(joint, end, 0.5), end},
                     sleeve.width, sleeve.width * 0.92),
                sleeve.colour, 0.07);
    const Point along = unit(end - joint), across = turned(along) * (sleeve.width * 0.92);
    const Point cuff = end - along * 0.07;
    const Colour band = f.who.clothing() == Clothing::serafuku ? f.cloth : f.cloth_shadow;
    f.pen.stroke(Path::polyline({cuff - across, cuff + across}), band,
                 f.who.clothing() == Clothing::serafuku ? 0.085 : 0.045, 0);
  } else {
    const Point end = mix(shoulder, joint, 2 * sleeve.reach);
    f.pen.shape(tube({shoulder, mix(shoulder, end, 0.5), end}, sleeve.width,
                     sleeve.width * (f.who.clothing() == Clothing::dress ? 0.75 : 1)),
                sleeve.colour, 0.06);
  }
}

}  // namespace

void draw_arms_behind(Figure& f) {
  f.on_body();
  for (const Arm& arm : arms_of(f)) {
    if (arm.hand == Hand::resting) draw_arm(f, arm);
  }
}

void draw_arms_on_body(Figure& f) {
  f.on_body();
  for (const Arm& arm : arms_of(f)) {
    if (arm.hand == Hand::on_hip) draw_arm(f, arm);
  }
}

void draw_raised_arms(Figure& f) {
  f.on_body();
  for (const Arm& arm : arms_of(f)) {
    if (raised(arm)) draw_arm(f, arm);
  }
}

}  // namespace newbie::world
