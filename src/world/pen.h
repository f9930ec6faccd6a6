#pragma once
/// Drawing in the style of a picture: fills, cel shadows, lines that swell and taper.

#include <cstdint>
#include <vector>

#include "world/canvas.h"
#include "world/random.h"

namespace newbie::world {

/// What a whole picture has in common.
struct Look {
  PictureStyle style = PictureStyle::cel_shading;
  double line = 1;          ///< thickness of lines, about 0.85 to 1.2
  Point light{-0.6, -0.8};  ///< towards the light, length one
  Colour tint{1, 1, 1};     ///< what light of the time of day leaves of a colour
  bool has_lines() const { return style != PictureStyle::flat_color; }
  bool has_shadows() const { return style != PictureStyle::flat_color; }
};

inline constexpr Colour kPaper{252, 250, 244};

/// What part of a figure is drawn; the part map holds 1 + 4 * slot + part, and 0 for nobody.
enum class Part : uint8_t { hair, skin, clothes, other };

/// A pen in the coordinates of a figure. All lengths are in its units.
class Pen {
 public:
  Pen(Canvas& canvas, const Look& look, int slot, uint64_t seed)
      : canvas_(canvas), look_(look), slot_(slot), wobble_(Random::stream(seed, 99)) {}

  void place(const Affine& to_pixels, double pixels_per_unit) {
    to_pixels_ = to_pixels;
    unit_ = pixels_per_unit;
  }
  const Affine& placement() const { return to_pixels_; }
  double pixels_per_unit() const { return unit_; }
  const Look& look() const { return look_; }
  void part(Part part) { part_ = part; }

  /// A filled shape with its outline, and a crescent of shadow of that depth along its dark side.
  void shape(const Path& path, Colour colour, double depth = 0, double line = 1);
  /// A filled shape without outline that belongs to the part map.
  void fill(const Path& path, Colour colour);
  /// A filled detail: no outline, not in the part map. Drawn in every style.
  void mark(const Path& path, Colour colour);
  /// A shadow or a highlight: not drawn in flat colours.
  void tone(const Path& path, Colour colour);
  /// A crescent along the side of the path that faces the light (negative depth) or not (positive).
  void crescent(const Path& path, Colour colour, double depth);
  void outline(const Path& path, Colour filled_with, double line = 1);
  /// A line that is part of the drawing in every style: mouth, lashes, glasses. `width` in units;
  /// `taper` 1 runs out at both ends, 0 is even.
  void stroke(const Path& path, Colour colour, double width, double taper = 1);
  /// A line inside a shape: folds, strands. Not drawn in flat colours.
  void crease(const Path& path, Colour colour, double width = 0.024);

 private:
  Colour seen(Colour colour) const;
  Colour ink_for(Colour filled_with) const;
  void flatten(const Path& path);
  void paint(std::span<const Point> polygon, Colour colour);
  void ink(Colour filled_with, double line);
  uint8_t part_value() const {
    return static_cast<uint8_t>(1 + 4 * slot_ + static_cast<int>(part_));
  }

  Canvas& canvas_;
  const Look& look_;
  int slot_;
  Random wobble_;
  Part part_ = Part::other;
  Affine to_pixels_;
  double unit_ = 1;
  std::vector<Point> points_,
      ribbon_;  ///< scratch: the last flattened path, and what is made of it
};

/// A tube along a curve through the points, as thick as `from` at its start and `to` at its end,
/// with round ends.
Path tube(std::span<const Point> points, double from, double to);
inline Path tube(std::initializer_list<Point> points, double from, double to) {
  return tube(std::span(points.begin(), points.size()), from, to);
}

}  // namespace newbie::world
