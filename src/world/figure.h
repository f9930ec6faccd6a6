#pragma once
/// One character while it is drawn: who it is, its colours and its chances.
///
/// Units: the middle of the head is (0, 0), y runs down; the face is 0.84 to either side, the chin
/// at 0.9, shoulders at 1.12, hips at 1.9, soles at kHip + (3 - kHip) * leg.

#include <cstdint>

#include "world/pen.h"
#include "world/scene.h"

namespace newbie::world {

inline constexpr double kHip = 1.9;

/// Chances that belong to different things: changing a dress does not move a lock of hair.
enum class Chance : uint64_t { body, hair, face, clothes, accessory, arms, umbrella };

/// What the parts of one character share while they are drawn.
struct Figure {
  const Character& who;
  Pen& pen;
  uint64_t seed;

  Colour hair, hair_shadow, hair_shine;
  Colour eye;
  Colour cloth, cloth_shadow;
  Colour skin, skin_shadow;
  Colour bright;      ///< of ribbons, flowers, ties: stands out against the hair
  Affine body, head;  ///< to pixels
  double side = 1;    ///< which way asymmetric things go
  double sway = 0;    ///< of everything that hangs
  double leg = 1;     ///< length of the legs
  double eye_size = 1;

  Figure(const Character& character, Pen& its_pen, uint64_t its_seed);

  Random chances(Chance about) const { return Random::stream(seed, static_cast<uint64_t>(about)); }
  /// From here on drawing is in the coordinates of the body, or of the (tilted) head.
  void on_body() { pen.place(body, pen.pixels_per_unit()); }
  void on_head() { pen.place(head, pen.pixels_per_unit()); }
  /// A height below the hips, for legs of this length.
  double low(double y) const { return y > kHip ? kHip + (y - kHip) * leg : y; }
};

/// Where a figure stands and how large it is, in pixels.
struct Placing {
  Point head;  ///< its middle
  double unit = 50;
  double side = 0;  ///< where there is room for a raised arm: -1 left, 1 right, 0 either
};

/// The chances of one figure of a picture.
inline uint64_t figure_seed(uint64_t picture_seed, size_t figure) {
  return Random::stream(picture_seed, 90 + figure).next();
}

/// The length of a figure's legs, which the layout must know before anything is drawn.
double leg_length(uint64_t figure_seed);

/// Draws the whole figure.
void draw_figure(const Character& who, Pen& pen, uint64_t seed, const Placing& placing);

// The parts, from back to front; each places the pen itself.
void draw_umbrella_canopy(Figure& figure);
void draw_back_hair(Figure& figure);
void draw_tails(Figure& figure);
void draw_legs(Figure& figure);
void draw_arms_behind(Figure& figure);
void draw_clothes(Figure& figure);
void draw_arms_on_body(Figure& figure);
void draw_collar(Figure& figure);
void draw_front_braids(Figure& figure);
void draw_scarf(Figure& figure);
void draw_face(Figure& figure);
void draw_behind_bangs(Figure& figure);  ///< cat ears, buns
void draw_front_hair(Figure& figure);
void draw_brows(Figure& figure);
void draw_headwear(Figure& figure);
void draw_umbrella_shaft(Figure& figure);
void draw_raised_arms(Figure& figure);

}  // namespace newbie::world
