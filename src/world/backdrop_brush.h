#pragma once
/// Painting of surroundings, in shares of the picture: (0, 0) is the upper left corner, (1, 1) the
/// lower right one.

#include <cmath>
#include <vector>

#include "world/backdrop.h"

namespace newbie::world {

/// Paints what is behind the figures, in the light of a time of day and the look of a style.
class BackdropBrush {
 public:
  BackdropBrush(Canvas& canvas, const Look& look, Time time_of_day, Random& chances)
      : random(chances), time(time_of_day), canvas_(canvas), look_(look) {}

  Random& random;
  const Time time;

  double width() const { return static_cast<double>(canvas_.width()); }
  double height() const { return static_cast<double>(canvas_.height()); }
  /// Width of a share of the shorter side, in shares of the width.
  double wide(double share) const { return share * std::min(width(), height()) / width(); }
  double tall(double share) const { return share * std::min(width(), height()) / height(); }

  /// A colour by day, as this time of day leaves it.
  Colour lit(Colour by_day) const;
  Colour pick(Colour day, Colour sunset, Colour night) const {
    return time == Time::day ? day : time == Time::sunset ? sunset : night;
  }

  void gradient(double top, double bottom, Colour upper, Colour lower);
  void gradient(double top, double bottom, Colour upper, Colour middle, Colour lower);
  void fill(const Path& path, Colour colour, double opacity = 1);
  void rectangle(double left, double top, double right, double bottom, Colour colour) {
    fill(Path::polygon({{left, top}, {right, top}, {right, bottom}, {left, bottom}}), colour);
  }
  void disc(Point at, double radius, Colour colour, double opacity = 1) {
    fill(Path::ellipse(at, wide(radius), tall(radius)), colour, opacity);
  }
  /// A line of even width, in shares of the shorter side.
  void line(const Path& path, Colour colour, double thick, double opacity = 1);
  /// Shapes collected here are painted as one: foliage, stars, petals.
  void add(const Path& path);
  void add_disc(Point at, double radius) { add(Path::ellipse(at, wide(radius), tall(radius))); }
  void paint_added(Colour colour, double opacity = 1);

  /// Ground with a rolling upper edge.
  void hills(double y, double rise, double waves, Colour colour, double opacity = 1);

 private:
  Colour seen(Colour colour) const {
    return look_.style == PictureStyle::sketch ? world::mix(kPaper, colour, 0.5) : colour;
  }
  Affine to_pixels() const { return Affine::scale(width(), height()); }

  Canvas& canvas_;
  const Look& look_;
  std::vector<Point> points_, ribbon_;
  std::vector<std::vector<Point>> added_;
};

/// The sky with its sun, moon, stars and clouds, down to `horizon`.
void draw_sky(BackdropBrush& brush, double horizon, int clouds);

/// Every place draws itself; `horizon` lies between 0.5 and 0.75.
void draw_field(BackdropBrush& brush, double horizon);
void draw_beach(BackdropBrush& brush, double horizon);
void draw_city(BackdropBrush& brush, double horizon);
void draw_forest(BackdropBrush& brush, double horizon);
void draw_classroom(BackdropBrush& brush, double horizon);
void draw_cherry_blossoms(BackdropBrush& brush, double horizon);
void draw_shrine(BackdropBrush& brush, double horizon);

}  // namespace newbie::world
