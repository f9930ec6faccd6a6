#pragma once
/// Colours as a painter mixes them, 0 to 255 per channel.

#include "world/attributes.h"

namespace newbie::world {

/// Red, green and blue, 0 to 255; products are taken per channel.
struct Colour {
  double r = 0, g = 0, b = 0;
  friend Colour operator*(Colour a, Colour f) { return {a.r * f.r, a.g * f.g, a.b * f.b}; }
  friend Colour operator*(Colour a, double f) { return {a.r * f, a.g * f, a.b * f}; }
};

inline constexpr Colour kWhite{252, 252, 254};

/// `a` at t = 0, `b` at 1, straight between them.
Colour mix(Colour a, Colour b, double t);
/// How bright it looks, 0 to 255 (the weights of ITU-R BT.601).
double luminance(Colour colour);
/// The cel shadow of a colour: darker, cooler; yellows turn to orange, white to lavender, skin to
/// rose.
Colour shaded(Colour colour);
/// Where light shines back: paler, and steel blue on black.
Colour shining(Colour colour);

/// The lit colour of an attribute's value.
Colour colour_of(HairColor value);
Colour colour_of(EyeColor value);
Colour colour_of(ClothingColor value);

}  // namespace newbie::world
