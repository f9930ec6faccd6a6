#include "world/layout.h"

#include <algorithm>

namespace newbie::world {
namespace {

/// How far a figure reaches above the middle of its head, in its own units.
double reach_up(const Character& who) {
  double reach = 1.22;
  if (who.hair_style() == HairStyle::double_bun) reach = 1.40;
  if (who.hair_style() == HairStyle::ponytail) reach = 1.36;
  if (who.accessory() == Accessory::cat_ears) reach = 1.66;
  if (who.accessory() == Accessory::straw_hat) reach = 1.60;
  if (who.accessory() == Accessory::headphones) reach = std::max(reach, 1.40);
  if (who.action() == Action::holding_umbrella) reach = 2.02;
  return reach;
}

/// And to either side, where a crop would take something that names it.
double reach_out(const Character& who) {
  double reach = 1.08;
  if (who.accessory() == Accessory::straw_hat) reach = 1.34;
  if (who.hair_style() == HairStyle::drill_hair) reach = 1.42;
  if (who.hair_style() == HairStyle::ponytail) reach = 1.52;
  if (who.hair_style() == HairStyle::twintails) reach = 1.48;
  if (who.action() == Action::waving || who.action() == Action::arms_up)
    reach = std::max(reach, 1.42);
  return reach;
}

/// Edge figures of a group raise their arms outwards, a lone one towards the middle.
double room_at(Position position, size_t count) {
  const double outwards = position == Position::left ? -1 : position == Position::right ? 1 : 0;
  return count == 1 ? -outwards : outwards;
}

/// The height below the middle of the head at which the picture ends.
double cut(Framing framing, double lowest) {
  switch (framing) {
    case Framing::full_body:
      return lowest;
    case Framing::upper_body:
      return 1.98;
    case Framing::portrait:
      return 1.40;
  }
  return lowest;
}

}  // namespace

Layout lay_out(const Scene& scene, double width, double height, uint64_t seed) {
  Random random = Random::stream(seed, 60);
  const size_t count = scene.characters.size();
  double up = 0, out = 0, widths = 0, lowest = 0;
  for (size_t i = 0; i < count; ++i) {
    const Character& who = scene.characters[i];
    up = std::max(up, reach_up(who));
    out = std::max(out, reach_out(who));
    lowest = std::max(lowest, kHip + 1.1 * leg_length(figure_seed(seed, i)) + 0.14);
  }
  // Neighbours may overlap a little: what hangs at the side of one covers the other's hair.
  widths = 2 * out + static_cast<double>(count - 1) * (count == 3 ? 2.02 : 2.12);
  const double bottom = cut(scene.framing(), lowest);
  const bool whole = scene.framing() == Framing::full_body;
  const double fit =
      std::min(height * (whole ? 0.97 : 0.985) / (up + bottom), width * 0.99 / widths);
  // A lone figure at the side needs room to be there.
  const bool aside = count == 1 && scene.characters[0].position() != Position::center;
  const double unit =
      (aside ? std::min(fit, width * 0.345 / out) : fit) * random.between(0.93, 1.0);

  Layout layout;
  const double room = std::max(0.0, width - unit * widths),
               step =
                   unit * (widths - 2 * out) / std::max<double>(1, static_cast<double>(count) - 1);
  const double spare = height - unit * (up + bottom);
  // Whole figures keep some ground below their feet; cut ones stand at the lower edge.
  const double below = whole ? spare * random.between(0.18, 0.45) : 0;
  for (size_t i = 0; i < count; ++i) {
    const Character& who = scene.characters[i];
    double x = width / 2;
    if (count == 1) {
      const double free = width / 2 - unit * out;
      const double shift = std::clamp(free * 0.8, width * 0.165, width * 0.22);
      if (who.position() == Position::left) x -= shift * random.between(0.9, 1);
      if (who.position() == Position::right) x += shift * random.between(0.9, 1);
      if (who.position() == Position::center) x += random.around(0.04) * width;
    } else {
      // Spare room spreads them, half of it between them.
      const double spread = step + room * 0.5 / static_cast<double>(count - 1);
      x += (static_cast<double>(i) - static_cast<double>(count - 1) / 2) * spread;
      x += random.around(0.05) * unit;
    }
    const double own = unit * (1 + random.around(0.03));
    const double soles = height - below;
    const double y = soles - (whole ? (kHip + 1.1 * leg_length(figure_seed(seed, i)) + 0.10) * own
                                    : bottom * unit);
    layout.figures.push_back({{x, y}, own, room_at(who.position(), count)});
    layout.order.push_back(i);
  }
  random.shuffle(layout.order);
  std::ranges::stable_partition(layout.order, [&](size_t i) {
    return scene.characters[i].action() == Action::holding_umbrella;
  });
  return layout;
}

}  // namespace newbie::world
