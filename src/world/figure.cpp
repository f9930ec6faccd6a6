#include "world/figure.h"

namespace newbie::world {
namespace {

constexpr Colour kSkins[] = {
    {255, 229, 210}, {255, 229, 210}, {254, 220, 198}, {252, 212, 188}, {242, 194, 164}};
/// Bright things on hair: red and gold, or blue where the hair is itself warm.
constexpr Colour kRed{232, 44, 66}, kGold{255, 200, 50}, kBlue{60, 110, 235};

Colour varied(Colour colour, Random& random, double range) {
  return {colour.r + random.around(range), colour.g + random.around(range),
          colour.b + random.around(range)};
}

Colour standing_out_on(HairColor hair) {
  switch (hair) {
    case HairColor::red:
    case HairColor::brown:
      return kGold;
    case HairColor::orange:
    case HairColor::pink:
      return kBlue;
    default:
      return kRed;
  }
}

}  // namespace

double leg_length(uint64_t seed) {
  Random random = Random::stream(seed, 50);
  return 1 + random.around(0.1);
}

Figure::Figure(const Character& character, Pen& its_pen, uint64_t its_seed)
    : who(character), pen(its_pen), seed(its_seed) {
  Random random = chances(Chance::body);
  hair = varied(colour_of(who.hair_color()), random, 9);
  eye = varied(colour_of(who.eye_color()), random, 8);
  cloth = varied(colour_of(who.clothing_color()), random, 6);
  skin = varied(random.pick(kSkins), random, 3);
  skin_shadow = mix(skin, {216, 112, 112}, 0.36);
  hair_shadow = shaded(hair);
  hair_shine = shining(hair);
  cloth_shadow = shaded(cloth);
  bright = standing_out_on(who.hair_color());
  side = random.sign();
  sway = random.around(0.16);
  leg = leg_length(seed);
  eye_size = 1 + random.around(0.06);
}

void draw_figure(const Character& who, Pen& pen, uint64_t seed, const Placing& placing) {
  Figure figure(who, pen, seed);
  if (placing.side != 0) figure.side = placing.side;
  Random random = Random::stream(seed, 51);
  const double lean = random.around(0.05), tilt = lean + random.around(0.07);
  figure.body = Affine::move(placing.head) * Affine::scale(placing.unit) *
                Affine::turn(lean, {0, figure.low(3)});
  figure.head = figure.body * Affine::turn(tilt - lean, {0, 0.9});
  pen.place(figure.body, placing.unit);
  for (const auto draw :
       {draw_umbrella_canopy, draw_back_hair, draw_tails, draw_legs, draw_arms_behind, draw_clothes,
        draw_arms_on_body, draw_collar, draw_scarf, draw_front_braids, draw_face, draw_behind_bangs,
        draw_front_hair, draw_brows, draw_headwear, draw_umbrella_shaft, draw_raised_arms}) {
    draw(figure);
  }
}

}  // namespace newbie::world
