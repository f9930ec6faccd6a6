#include "world/colour.h"

#include <algorithm>

namespace newbie::world {
namespace {

constexpr Colour kHair[] = {{252, 214, 104}, {126, 76, 46}, {46, 44, 58},  {62, 120, 230},
                            {252, 146, 192}, {206, 40, 48}, {68, 172, 92}, {142, 86, 206},
                            {202, 208, 222}, {250, 138, 38}};
constexpr Colour kEyes[] = {{40, 112, 240}, {222, 34, 48},  {34, 168, 80},  {136, 80, 42},
                            {152, 72, 220}, {246, 192, 24}, {16, 192, 198}, {250, 96, 174}};
constexpr Colour kClothes[] = {{218, 50, 56},  {54, 100, 216},  {56, 156, 90}, {250, 206, 60},
                               {140, 82, 198}, {248, 248, 252}, {56, 54, 68},  {252, 156, 190}};

}  // namespace

Colour mix(Colour a, Colour b, double t) {
  return {a.r + (b.r - a.r) * t, a.g + (b.g - a.g) * t, a.b + (b.b - a.b) * t};
}

double luminance(Colour c) { return 0.299 * c.r + 0.587 * c.g + 0.114 * c.b; }

Colour shaded(Colour c) {
  if (luminance(c) > 236) return {204, 208, 232};
  if (luminance(c) < 70) return {c.r * 0.62, c.g * 0.6, c.b * 0.66 + 2};
  const bool skin = c.r > 205 && c.g > 160 && c.b > 130 && c.r > c.b + 24 && c.g > c.b;
  if (skin) return mix(c, {216, 112, 112}, 0.36);
  const bool warm = c.r > c.b + 60 && c.g > c.b + 24 && c.g > 0.62 * c.r;
  if (warm) return {c.r * 0.91, c.g * 0.77, c.b * 0.62};
  return {c.r * 0.77, c.g * 0.71, std::min(255.0, c.b * 0.80 + 6)};
}

Colour shining(Colour c) {
  return luminance(c) < 70 ? Colour{112, 112, 146} : mix(c, {255, 255, 255}, 0.58);
}

Colour colour_of(HairColor value) { return kHair[static_cast<size_t>(value)]; }
Colour colour_of(EyeColor value) { return kEyes[static_cast<size_t>(value)]; }
Colour colour_of(ClothingColor value) { return kClothes[static_cast<size_t>(value)]; }

}  // namespace newbie::world
