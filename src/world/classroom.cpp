#include "world/backdrop_brush.h"

namespace newbie::world {
namespace {

void draw_window(BackdropBrush& brush, double left, double right) {
  const Colour frame = brush.lit({250, 248, 244});
  brush.rectangle(left, 0.10, right, 0.52, frame);
  const double edge = brush.wide(0.018), middle = (left + right) / 2;
  const Colour sky = brush.pick({150, 208, 250}, {250, 150, 110}, {26, 32, 88});
  const Colour low = brush.pick({216, 238, 252}, {255, 212, 140}, {70, 72, 140});
  for (const double x : {left, middle - edge / 2}) {
    const double from = x + edge, to = x + (right - left) / 2 - edge / 2;
    brush.rectangle(from, 0.10 + brush.tall(0.018), to, 0.34, sky);
    brush.rectangle(from, 0.34, to, 0.52 - brush.tall(0.018), low);
  }
  brush.rectangle(left, 0.33, right, 0.345, frame);
  brush.rectangle(left - edge, 0.52, right + edge, 0.54, brush.lit({214, 198, 172}));
}

}  // namespace

void draw_classroom(BackdropBrush& brush, double horizon) {
  Random& random = brush.random;
  const double floor = horizon + 0.12;
  brush.rectangle(0, 0, 1, floor, brush.lit({252, 236, 206}));
  brush.rectangle(0, floor - 0.14, 1, floor, brush.lit({232, 208, 168}));
  brush.rectangle(0, floor, 1, 1, brush.lit({204, 154, 104}));
  brush.rectangle(0, floor - 0.012, 1, floor + 0.008, brush.lit({146, 102, 70}));
  for (int i = -6; i <= 6; ++i) {
    brush.line(Path::polyline({{0.5 + i * 0.14, floor}, {0.5 + i * 0.30, 1}}),
               brush.lit({176, 126, 84}), 0.006);
  }
  const bool board_left = random.chance(0.5);
  const double left = board_left ? random.between(0.03, 0.10) : random.between(0.36, 0.42);
  const double right = left + random.between(0.50, 0.56);
  const double edge = brush.wide(0.022);
  brush.rectangle(left - edge, 0.10, right + edge, 0.50, brush.lit({160, 112, 74}));
  brush.rectangle(left, 0.10 + brush.tall(0.022), right, 0.50 - brush.tall(0.022),
                  brush.lit({44, 102, 82}));
  for (int i = 0; i < 3; ++i) {
    const double y = 0.19 + 0.09 * i, from = left + 0.04;
    brush.line(
        Path::polyline({{from, y}, {from + random.between(0.14, 0.4), y + random.around(0.01)}}),
        brush.lit({206, 226, 214}), 0.009);
  }
  brush.rectangle(left, 0.50, right, 0.515, brush.lit({226, 226, 226}));
  if (board_left) {
    draw_window(brush, right + 0.08, right + 0.36);
  } else {
    draw_window(brush, left - 0.34, left - 0.07);
  }
}

}  // namespace newbie::world
