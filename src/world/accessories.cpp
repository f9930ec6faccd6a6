/// What is worn on the head and around the neck, and the umbrella. All of it large: an accessory
/// must be seen on a figure of sixty pixels.

#include <cmath>

#include "world/figure.h"

namespace newbie::world {
namespace {

constexpr Colour kWood{120, 90, 74};

void draw_bow(Figure& f, Random& random) {
  const bool on_top = random.chance(0.4);
  const Point at = on_top ? Point{0, -1.16} : Point{f.side * 0.56, -0.98};
  const double turn = on_top ? 0 : f.side * 0.5;
  const Affine place = Affine::move(at) * Affine::turn(turn);
  for (const double s : {-1.0, 1.0}) {
    Path tail({s * 0.04, 0.06});
    tail.quad({s * 0.16, 0.20}, {s * 0.18, 0.44}).line({s * 0.30, 0.36}).line({s * 0.38, 0.42});
    tail.quad({s * 0.32, 0.14}, {s * 0.08, -0.02}).close();
    f.pen.shape(tail.transformed(place), shaded(f.bright));
    Path loop({0, 0});
    loop.cubic({s * 0.20, -0.32}, {s * 0.56, -0.42}, {s * 0.60, -0.22});
    loop.cubic({s * 0.64, 0.06}, {s * 0.58, 0.24}, {s * 0.46, 0.22});
    loop.cubic({s * 0.28, 0.20}, {s * 0.12, 0.10}, {0, 0}).close();
    f.pen.shape(loop.transformed(place), f.bright, 0.09);
    Path fold({s * 0.10, -0.01});
    f.pen.crease(fold.quad({s * 0.22, -0.04}, {s * 0.36, -0.08}).transformed(place),
                 shaded(f.bright) * 0.8, 0.036);
  }
  f.pen.shape(Path::ellipse(at, 0.115, 0.135, turn), f.bright, 0.05);
}

void draw_glasses(Figure& f) {
  const Colour frame =
      f.who.hair_color() == HairColor::red ? Colour{30, 40, 110} : Colour{190, 24, 44};
  for (const double s : {-1.0, 1.0}) {
    const Path lens = Path::ellipse({s * 0.385, 0.235}, 0.315, 0.30);
    f.pen.stroke(lens, frame, 0.072, 0);
    f.pen.stroke(Path::polyline({{s * 0.69, 0.18}, {s * 0.86, 0.10}}), frame, 0.06, 0);
    Path glare({s * 0.385 - 0.17, 0.10});
    f.pen.crease(glare.quad({s * 0.385 - 0.12, 0.02}, {s * 0.385 - 0.03, -0.01}), kWhite, 0.05);
  }
  Path bridge({-0.08, 0.20});
  f.pen.stroke(bridge.quad({0, 0.13}, {0.08, 0.20}), frame, 0.06, 0);
}

void draw_straw_hat(Figure& f) {
  constexpr Colour kStraw{246, 216, 138};
  Path brim({-1.34, -0.62});
  brim.cubic({-1.0, -0.98}, {1.0, -0.98}, {1.34, -0.62});
  brim.cubic({1.10, -0.42}, {0.5, -0.50}, {0, -0.52});
  brim.cubic({-0.5, -0.50}, {-1.10, -0.42}, {-1.34, -0.62}).close();
  f.pen.shape(brim, kStraw, 0.10, 1.1);
  Path crown({-0.78, -0.74});
  crown.cubic({-0.80, -1.32}, {-0.46, -1.56}, {0, -1.56});
  crown.cubic({0.46, -1.56}, {0.80, -1.32}, {0.78, -0.74});
  crown.quad({0, -0.60}, {-0.78, -0.74}).close();
  f.pen.shape(crown, mix(kStraw, kWhite, 0.15), 0.18, 1.1);
  Path band({-0.79, -0.94});
  band.quad({0, -0.78}, {0.79, -0.94}).line({0.78, -0.74});
  band.quad({0, -0.60}, {-0.78, -0.74}).close();
  f.pen.mark(band, f.bright);
  f.pen.outline(band, f.bright, 0.7);
  for (const double x : {-0.4, 0.0, 0.4}) {
    Path weave({x * 0.8, -1.48 + std::abs(x) * 0.2});
    f.pen.crease(weave.quad({x * 1.1, -1.2}, {x * 1.2, -0.9}), shaded(kStraw), 0.024);
  }
}

void draw_flower(Figure& f) {
  const Point at{f.side * 0.66, -0.66};
  const bool pale = f.who.hair_color() == HairColor::black || f.who.hair_color() == HairColor::red;
  const Colour petal = pale ? Colour{255, 250, 252} : f.bright;
  for (int k = 0; k < 5; ++k) {
    const double angle = k * 1.2566 - 0.3;
    f.pen.shape(Path::ellipse(at + Point{0.20 * std::cos(angle), 0.20 * std::sin(angle)}, 0.19,
                              0.15, angle),
                petal, 0.05, 0.8);
  }
  f.pen.shape(Path::ellipse(at, 0.12, 0.12),
              petal.g > 190 && petal.b < 120 ? Colour{240, 110, 50} : Colour{255, 214, 60}, 0.04,
              0.8);
}

void draw_headphones(Figure& f) {
  const Colour shell =
      f.who.hair_color() == HairColor::black ? Colour{240, 240, 246} : Colour{52, 50, 64};
  Path band({-1.02, 0.0});
  band.cubic({-1.20, -0.90}, {-0.72, -1.36}, {0, -1.36});
  band.cubic({0.72, -1.36}, {1.20, -0.90}, {1.02, 0.0});
  band.line({0.92, -0.02}).cubic({1.02, -0.80}, {0.62, -1.19}, {0, -1.19});
  band.cubic({-0.62, -1.19}, {-1.02, -0.80}, {-0.92, -0.02}).close();
  f.pen.shape(band, shell, 0.05);
  for (const double s : {-1.0, 1.0}) {
    f.pen.shape(Path::ellipse({s * 0.96, 0.14}, 0.22, 0.34), shell, 0.08, 1.1);
    f.pen.shape(Path::ellipse({s * 1.02, 0.14}, 0.125, 0.21), f.bright, 0.04, 0.8);
  }
}

/// The umbrella leans against the shoulder: from the handle behind the head to its tip.
constexpr Point kHandle{1.0, 1.40}, kTip{0.30, -1.86};

Path shaft(const Figure& f, double from, double to) {
  const Point low = mix(kHandle, kTip, from), high = mix(kHandle, kTip, to);
  const double s = f.side;
  return Path::polygon({{s * low.x - 0.042, low.y},
                        {s * high.x - 0.036, high.y},
                        {s * high.x + 0.036, high.y},
                        {s * low.x + 0.042, low.y}});
}

}  // namespace

void draw_headwear(Figure& f) {
  f.on_head();
  f.pen.part(Part::other);
  Random random = f.chances(Chance::accessory);
  switch (f.who.accessory()) {
    case Accessory::hair_bow:
      draw_bow(f, random);
      break;
    case Accessory::glasses:
      draw_glasses(f);
      break;
    case Accessory::straw_hat:
      draw_straw_hat(f);
      break;
    case Accessory::hair_flower:
      draw_flower(f);
      break;
    case Accessory::headphones:
      draw_headphones(f);
      break;
    default:
      break;
  }
}

void draw_scarf(Figure& f) {
  if (f.who.accessory() != Accessory::scarf) return;
  f.on_body();
  f.pen.part(Part::other);
  // A scarf must stand out against the clothes, not the hair.
  const ClothingColor cloth = f.who.clothing_color();
  const bool warm =
      cloth == ClothingColor::red || cloth == ClothingColor::pink || cloth == ClothingColor::purple;
  const Colour wool = warm ? Colour{250, 236, 200} : Colour{220, 46, 56};
  const Colour stripe = warm ? Colour{220, 46, 56} : Colour{250, 236, 200};
  const double s = f.side;
  Path end({s * 0.12, 1.10});
  end.cubic({s * 0.10, 1.40}, {s * 0.10, 1.60}, {s * 0.14, 1.82}).line({s * 0.44, 1.78});
  end.cubic({s * 0.44, 1.50}, {s * 0.46, 1.30}, {s * 0.42, 1.08}).close();
  f.pen.shape(end, wool, 0.07);
  f.pen.stroke(Path::polyline({{s * 0.12, 1.60}, {s * 0.44, 1.57}}), stripe, 0.09, 0);
  Path around({-0.52, 0.98});
  around.cubic({-0.62, 1.16}, {-0.40, 1.30}, {0, 1.32});
  around.cubic({0.40, 1.30}, {0.62, 1.16}, {0.52, 0.98});
  around.cubic({0.40, 0.78}, {-0.40, 0.78}, {-0.52, 0.98}).close();
  f.pen.shape(around, wool, 0.10);
  for (const double x : {-0.34, 0.34}) {
    Path line({x * 0.96, 0.95});
    f.pen.stroke(line.quad({x * 1.06, 1.10}, {x * 0.9, 1.28}), stripe, 0.09, 0);
  }
}

void draw_umbrella_canopy(Figure& f) {
  if (f.who.action() != Action::holding_umbrella) return;
  f.on_body();
  f.pen.part(Part::other);
  constexpr int kPanels = 5;
  constexpr double kRadius = 1.52, kRim = -0.72, kTop = kTip.y;
  const double x = f.side * kTip.x;
  Path canopy({x - kRadius, kRim});
  canopy.cubic({x - kRadius * 0.94, kRim - 0.72}, {x - 0.62, kTop}, {x, kTop});
  canopy.cubic({x + 0.62, kTop}, {x + kRadius * 0.94, kRim - 0.72}, {x + kRadius, kRim});
  for (int i = kPanels; i > 0; --i) {
    const double left = x - kRadius + 2 * kRadius * (i - 1) / kPanels;
    canopy.quad({left + kRadius / kPanels, kRim - 0.26}, {left, kRim});
  }
  canopy.close();
  f.pen.shape(shaft(f, 0, 0.9), kWood, 0, 0.8);
  f.pen.shape(canopy, f.cloth, 0.16, 1.1);
  // Every second panel is darker, so that the canopy reads as one even when it is white.
  for (int i = 0; i < kPanels; ++i) {
    const double left = x - kRadius + 2 * kRadius * i / kPanels,
                 right = left + 2 * kRadius / kPanels;
    if (i % 2 == 1) {
      Path panel({left, kRim});
      panel.quad({left * 0.75 + x * 0.25, -1.5}, {x, kTop})
          .quad({right * 0.75 + x * 0.25, -1.5}, {right, kRim});
      panel.quad({(left + right) / 2, kRim - 0.26}, {left, kRim}).close();
      f.pen.mark(panel, f.cloth_shadow);
    }
    if (i == 0) continue;
    Path rib({left, kRim});
    f.pen.crease(rib.quad({left * 0.75 + x * 0.25, -1.5}, {x, kTop}), f.cloth_shadow * 0.8, 0.034);
  }
  f.pen.outline(canopy, f.cloth, 1.0);
  f.pen.stroke(Path::polyline({{x, kTop + 0.02}, {x, kTop - 0.14}}), {70, 54, 54}, 0.08, 0);
}

void draw_umbrella_shaft(Figure& f) {
  if (f.who.action() != Action::holding_umbrella) return;
  f.on_body();
  f.pen.part(Part::other);
  const double s = f.side;
  f.pen.shape(shaft(f, -0.03, 0.14), kWood, 0, 0.8);
  Path handle({s * 1.0, 1.40});
  handle.line({s * 1.02, 1.52}).quad({s * 1.06, 1.70}, {s * 1.18, 1.58});
  f.pen.stroke(handle, {84, 58, 50}, 0.085, 0);
}

}  // namespace newbie::world
