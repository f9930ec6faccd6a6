/// The face: skin, eyes, nose, mouth. One expression changes lids, pupils, brows and mouth
/// together, so that it reads at a dozen pixels.

#include <algorithm>
#include <cmath>

#include "world/figure.h"

namespace newbie::world {
namespace {

constexpr double kEyeX = 0.385, kEyeY = 0.20;
constexpr Colour kLip{84, 40, 48}, kMouth{158, 44, 58}, kTongue{246, 124, 128};

void draw_skin(Figure& f) {
  Pen& pen = f.pen;
  pen.part(Part::skin);
  for (const double x : {-0.83, 0.83}) {
    pen.shape(Path::ellipse({x, 0.24}, 0.11, 0.17), f.skin);
    pen.tone(Path::ellipse({x, 0.26}, 0.055, 0.09), f.skin_shadow);
  }
  Path half({0, 0.91});
  half.cubic({0.16, 0.90}, {0.42, 0.80}, {0.60, 0.62});
  half.cubic({0.76, 0.46}, {0.84, 0.20}, {0.85, -0.10});
  half.cubic({0.86, -0.66}, {0.46, -0.98}, {0, -0.98});
  pen.shape(Path::symmetric(half), f.skin, 0.06);
  // The bangs' shadow on the forehead.
  Path shadow({-0.80, -0.30});
  shadow.quad({-0.62, 0.04}, {-0.30, -0.10}).quad({-0.08, -0.02}, {0, -0.04});
  shadow.quad({0.08, -0.02}, {0.30, -0.10}).quad({0.62, 0.04}, {0.80, -0.30});
  shadow.quad({0, -1.1}, {-0.80, -0.30}).close();
  pen.tone(shadow, f.skin_shadow);
}

void draw_cheeks(Figure& f) {
  const bool blushing = f.who.expression() == Expression::blush;
  const Colour red = mix(f.skin, {255, 70, 96}, blushing ? 0.62 : 0.24);
  for (const double s : {-1.0, 1.0}) {
    f.pen.mark(Path::ellipse({s * 0.56, 0.53}, blushing ? 0.20 : 0.13, blushing ? 0.105 : 0.055),
               red);
    if (!blushing) continue;
    for (const double dx : {-0.09, 0.0, 0.09}) {
      f.pen.stroke(Path::polyline({{s * 0.56 + dx + 0.03, 0.47}, {s * 0.56 + dx - 0.03, 0.59}}),
                   {224, 44, 78}, 0.036, 0.4);
    }
  }
}

/// How an expression shapes an eye; x runs from the nose outwards.
struct EyeShape {
  double width = 0.225, height = 0.29;
  double slant = 0;  ///< of the upper lid: positive when the outer end is lower
  double iris = 1;   ///< size of the iris
  double cover = 0;  ///< how far the upper lid comes down
};

EyeShape eye_shape(const Figure& f) {
  EyeShape eye;
  switch (f.who.expression()) {
    case Expression::angry:
      eye = {0.225, 0.27, -0.30, 0.94, 0.09};
      break;
    case Expression::sad:
      eye = {0.22, 0.27, 0.26, 1, 0.05};
      break;
    case Expression::surprised:
      eye = {0.24, 0.33, 0, 0.66, 0};
      break;
    case Expression::blush:
      eye = {0.225, 0.27, 0.08, 1, 0.05};
      break;
    default:
      break;
  }
  eye.width *= f.eye_size;
  eye.height *= f.eye_size * (f.who.boy() ? 0.86 : 1);
  return eye;
}

/// One open eye in its own coordinates: its middle is (0, 0), the nose to the left.
class OpenEye {
 public:
  OpenEye(Figure& f, double side) : f_(f), side_(side), shape_(eye_shape(f)) {}

  void draw() {
    const Colour lash = mix({36, 22, 34}, f_.hair, 0.10);
    const EyeShape& e = shape_;
    mark(Path::ellipse({0, 0}, e.width, e.height * 0.98), {255, 255, 255});
    tone_under_lid();
    const double rx = 0.172 * f_.eye_size * e.iris, ry = e.height * 0.90 * e.iris;
    const Colour dark = mix(shaded(f_.eye) * 0.62, {24, 10, 40}, 0.2);
    mark(Path::ellipse({0, 0.02}, rx, ry), dark);
    mark(Path::ellipse({0, 0.05}, rx * 0.86, ry * 0.84), f_.eye);
    mark(Path::ellipse({0, 0.05 + ry * 0.42}, rx * 0.64, ry * 0.38), mix(f_.eye, kWhite, 0.52));
    mark(Path::ellipse({0, 0.0}, rx * 0.42, ry * 0.46), mix(dark, {12, 6, 18}, 0.6));
    // Lights come from the same side in both eyes.
    const double glint = side_ * (f_.pen.look().light.x < 0 ? -1 : 1);
    mark(Path::ellipse({glint * rx * 0.42, -ry * 0.40}, rx * 0.40, ry * 0.27), kWhite);
    mark(Path::ellipse({-glint * rx * 0.42, ry * 0.42}, rx * 0.20, ry * 0.13), kWhite);
    draw_lids(lash);
  }

 private:
  Path placed(const Path& path) const {
    return path.transformed(Affine{side_, 0, 0, 1, side_ * kEyeX, kEyeY});
  }
  double lid(double x) const {
    const EyeShape& e = shape_;
    const double t = std::clamp(x / e.width, -1.2, 1.2);
    return -e.height * (1.02 - 0.42 * t * t) + e.cover + e.slant * x;
  }
  /// Fills what of an ellipse lies below the upper lid.
  void mark(const Path& path, Colour colour) {
    points_.clear();
    path.flatten(Affine::scale(200), points_);
    Path cut(lowered(points_[0] * 0.005));
    for (size_t i = 1; i < points_.size(); ++i) cut.line(lowered(points_[i] * 0.005));
    f_.pen.mark(placed(cut.close()), colour);
  }
  Point lowered(Point p) const { return {p.x, std::max(p.y, lid(p.x))}; }

  void tone_under_lid() {
    const double w = shape_.width;
    Path shade({-w, lid(-w)});
    shade.quad({0, 2 * lid(0) - lid(w)}, {w, lid(w)});
    shade.line({w, lid(w) + 0.04}).quad({0, lid(0) * 0.78}, {-w, lid(-w) + 0.04}).close();
    if (f_.pen.look().has_shadows()) f_.pen.mark(placed(shade), {204, 204, 226});
  }

  void draw_lids(Colour lash) {
    const double w = shape_.width * 1.06;
    const bool boy = f_.who.boy();
    const double thick = (boy ? 0.058 : 0.078) * f_.eye_size;
    Path upper({-w, lid(-w) + 0.07});
    upper.cubic({-w * 0.7, lid(-w * 0.6) - 0.06}, {-w * 0.3, lid(0) - 0.055},
                {w * 0.1, lid(0.1) - 0.045});
    upper.cubic({w * 0.6, lid(w * 0.5) - 0.055}, {w * 0.9, lid(w) - 0.03},
                {w * 1.02, lid(w) + 0.06});
    if (!boy) upper.line({w * 1.36, lid(w) - 0.03}).line({w * 1.12, lid(w) + 0.13});
    upper.line({w * 0.94, lid(w) + 0.13});
    upper.cubic({w * 0.7, lid(w * 0.7) + thick * 0.6}, {w * 0.3, lid(0) + thick * 0.75},
                {0, lid(0) + thick * 0.6});
    upper.cubic({-w * 0.4, lid(-w * 0.3) + thick * 0.4}, {-w * 0.8, lid(-w * 0.8) + 0.02},
                {-w, lid(-w) + 0.07});
    f_.pen.mark(placed(upper.close()), lash);
    Path crease({-w * 0.7, lid(-w * 0.6) - 0.10});
    crease.quad({0, lid(0) - 0.16}, {w * 0.75, lid(w * 0.7) - 0.11});
    f_.pen.crease(placed(crease), mix(lash, f_.skin, 0.45), 0.022);
    Path lower({-w * 0.35, shape_.height * 0.98});
    lower.quad({w * 0.2, shape_.height * 1.06}, {w * 0.82, shape_.height * 0.62});
    f_.pen.stroke(placed(lower), mix(lash, f_.skin, 0.25), 0.034);
  }

  Figure& f_;
  double side_;
  EyeShape shape_;
  std::vector<Point> points_;
};

void draw_closed_eye(Figure& f, double side) {
  const Colour lash = mix({36, 22, 34}, f.hair, 0.10);
  const double x = side * kEyeX, y = kEyeY + 0.06;
  Path lid({x - side * 0.23, y + 0.10});
  lid.cubic({x - side * 0.14, y - 0.15}, {x + side * 0.14, y - 0.15}, {x + side * 0.23, y + 0.10});
  f.pen.stroke(lid, lash, 0.082, 0.55);
  if (f.who.boy()) return;
  f.pen.stroke(Path::polyline({{x + side * 0.19, y + 0.05}, {x + side * 0.31, y + 0.01}}), lash,
               0.045, 0.6);
}

void draw_tears(Figure& f) {
  for (const double s : {-1.0, 1.0}) {
    Path tear({s * 0.50, 0.46});
    tear.cubic({s * 0.53, 0.56}, {s * 0.60, 0.60}, {s * 0.60, 0.69});
    tear.cubic({s * 0.60, 0.80}, {s * 0.42, 0.80}, {s * 0.42, 0.69});
    tear.cubic({s * 0.42, 0.60}, {s * 0.48, 0.56}, {s * 0.50, 0.46}).close();
    f.pen.mark(tear, {120, 190, 250});
    f.pen.stroke(tear, {70, 120, 200}, 0.02, 0);
    f.pen.mark(Path::ellipse({s * 0.49, 0.69}, 0.03, 0.04), kWhite);
  }
}

/// An open mouth: flat above, round below, with a tongue.
void draw_laugh(Figure& f, double width, double depth) {
  const double y = 0.575;
  Path mouth({-width, y});
  mouth.quad({0, y + 0.05}, {width, y});
  mouth.cubic({width * 0.95, y + depth * 0.8}, {width * 0.5, y + depth}, {0, y + depth});
  mouth.cubic({-width * 0.5, y + depth}, {-width * 0.95, y + depth * 0.8}, {-width, y}).close();
  f.pen.mark(mouth, kMouth);
  f.pen.mark(Path::ellipse({0, y + depth * 0.74}, width * 0.56, depth * 0.22), kTongue);
  f.pen.stroke(mouth, kLip, 0.03, 0);
}

void draw_mouth(Figure& f) {
  Pen& pen = f.pen;
  switch (f.who.expression()) {
    case Expression::smile: {
      Path line({-0.19, 0.60});
      pen.stroke(line.cubic({-0.10, 0.74}, {0.10, 0.74}, {0.19, 0.60}), kLip, 0.05, 0.6);
      break;
    }
    case Expression::open_mouth:
      draw_laugh(f, 0.21, 0.25);
      break;
    case Expression::closed_eyes: {
      Path line({-0.14, 0.61});
      line.quad({-0.07, 0.70}, {0, 0.63}).quad({0.07, 0.70}, {0.14, 0.61});
      pen.stroke(line, kLip, 0.045, 0.5);
      break;
    }
    case Expression::angry: {
      Path line({-0.18, 0.72});
      line.cubic({-0.12, 0.58}, {0.12, 0.58}, {0.18, 0.72});
      pen.stroke(line, kLip, 0.056, 0.5);
      break;
    }
    case Expression::sad: {
      Path line({-0.12, 0.70});
      line.quad({-0.05, 0.61}, {0.0, 0.65}).quad({0.05, 0.61}, {0.12, 0.70});
      pen.stroke(line, kLip, 0.045, 0.5);
      break;
    }
    case Expression::blush: {
      Path line({-0.13, 0.64});
      line.quad({-0.08, 0.59}, {-0.03, 0.64}).quad({0.03, 0.69}, {0.07, 0.64});
      line.quad({0.10, 0.61}, {0.13, 0.64});
      pen.stroke(line, kLip, 0.042, 0.4);
      break;
    }
    case Expression::surprised: {
      const Path mouth = Path::ellipse({0, 0.68}, 0.085, 0.115);
      pen.mark(mouth, kMouth);
      pen.stroke(mouth, kLip, 0.034, 0);
      break;
    }
  }
}

}  // namespace

void draw_face(Figure& f) {
  f.on_head();
  draw_skin(f);
  draw_cheeks(f);
  for (const double side : {-1.0, 1.0}) {
    if (f.who.expression() == Expression::closed_eyes) {
      draw_closed_eye(f, side);
    } else {
      OpenEye(f, side).draw();
    }
  }
  if (f.who.expression() == Expression::sad) draw_tears(f);
  f.pen.stroke(Path::polyline({{0.0, 0.445}, {0.025, 0.475}}), mix(f.skin_shadow, kLip, 0.35),
               0.034, 0.3);
  draw_mouth(f);
}

void draw_brows(Figure& f) {
  f.on_head();
  const Colour brow = mix(shaded(f.hair) * 0.72, {36, 18, 24}, 0.35);
  const double width = f.who.boy() ? 0.066 : 0.05;
  for (const double s : {-1.0, 1.0}) {
    // Heights at the nose, in the middle, and outside.
    double inner = -0.245, middle = -0.315, outer = -0.235, thick = width;
    switch (f.who.expression()) {
      case Expression::angry:
        inner = -0.09, middle = -0.22, outer = -0.31, thick *= 1.5;
        break;
      case Expression::sad:
        inner = -0.38, middle = -0.32, outer = -0.20;
        break;
      case Expression::blush:
        inner = -0.32, middle = -0.32, outer = -0.23;
        break;
      case Expression::surprised:
        inner = -0.39, middle = -0.47, outer = -0.38;
        break;
      default:
        break;
    }
    Path line({s * 0.19, inner});
    f.pen.stroke(line.quad({s * 0.38, middle}, {s * 0.58, outer}), brow, thick, 0.6);
  }
}

}  // namespace newbie::world
