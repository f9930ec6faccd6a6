#include "world/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "world/backdrop.h"
#include "world/layout.h"

namespace newbie::world {
namespace {

Look look_of(const Scene& scene, uint64_t seed) {
  Random random = Random::stream(seed, 80);
  Look look;
  look.style = scene.style();
  look.line = random.between(0.88, 1.16);
  look.light = unit({random.sign() * random.between(0.45, 0.8), -random.between(0.5, 0.8)});
  look.tint = tint_of(scene);
  return look;
}

/// Luminance with its middle tones lifted, so that scenes at night keep their shapes.
void make_monochrome(Canvas& canvas) {
  canvas.change_pixels([](uint32_t r, uint32_t g, uint32_t b) {
    const uint32_t grey = (77 * r + 150 * g + 29 * b + 128) >> 8;
    const uint32_t level = grey + grey * (255 - grey) / 510;
    return level << 16 | level << 8 | level;
  });
}

std::vector<Box> boxes_of(const std::vector<uint8_t>& parts, Size size, size_t characters) {
  std::vector<Box> boxes(characters, Box{size.width, size.height, 0, 0});
  for (int64_t y = 0; y < size.height; ++y) {
    for (int64_t x = 0; x < size.width; ++x) {
      const uint8_t part = parts[static_cast<size_t>(y * size.width + x)];
      if (part == 0) continue;
      Box& box = boxes[(part - 1u) / 4];
      box = {std::min(box.left, x), std::min(box.top, y), std::max(box.right, x + 1),
             std::max(box.bottom, y + 1)};
    }
  }
  for (Box& box : boxes) {
    if (box.right == 0) box = {};
  }
  return boxes;
}

void require(const Scene& scene, Size size) {
  if (scene.characters.empty() || scene.characters.size() > kMostCharacters) {
    throw Error("world.no_characters", fmt::format("a scene has {} characters, expected 1 to {}",
                                                   scene.characters.size(), kMostCharacters));
  }
  for (const int64_t side : {size.width, size.height}) {
    if (side >= kLeastSide && side <= kMostSide) continue;
    throw Error("image.wrong_size",
                fmt::format("a picture of {} x {} pixels, expected sides of {} to {}", size.width,
                            size.height, kLeastSide, kMostSide));
  }
}

}  // namespace

Rendering render(const Scene& scene, uint64_t seed, Size size) {
  require(scene, size);
  Canvas canvas(size.width, size.height);
  const Look look = look_of(scene, seed);
  draw_backdrop(canvas, look, scene, seed);
  draw_weather_behind(canvas, look, scene, seed);
  const Layout layout =
      lay_out(scene, static_cast<double>(size.width), static_cast<double>(size.height), seed);
  for (size_t i : layout.order) {
    const Placing& placing = layout.figures[i];
    const double soles = kHip + 1.1 * leg_length(figure_seed(seed, i)) + 0.02;
    draw_ground_shadow(canvas, scene, placing.head + Point{0, soles * placing.unit}, placing.unit);
  }
  for (size_t i : layout.order) {
    const uint64_t own = figure_seed(seed, i);
    Pen pen(canvas, look, static_cast<int>(i), own);
    draw_figure(scene.characters[i], pen, own, layout.figures[i]);
  }
  draw_weather(canvas, look, scene, seed);
  if (look.style == PictureStyle::monochrome) make_monochrome(canvas);

  Rendering rendering{canvas.picture(), canvas.parts(), {}};
  rendering.boxes = boxes_of(rendering.parts, size, scene.characters.size());
  return rendering;
}

image::Picture Rendering::mask(size_t character) const {
  image::Picture mask = image::Picture::blank(picture.width, picture.height, 1);
  for (size_t i = 0; i < parts.size(); ++i) {
    mask.pixels[i] = parts[i] > 0 && (parts[i] - 1u) / 4 == character ? 255 : 0;
  }
  return mask;
}

std::vector<uint8_t> shrink_parts(const std::vector<uint8_t>& parts, Size size, int64_t columns,
                                  int64_t rows) {
  check(columns > 0 && rows > 0 && size.width % columns == 0 && size.height % rows == 0,
        "a part map is shrunk by whole numbers");
  const int64_t wide = size.width / columns, tall = size.height / rows;
  std::vector<uint8_t> small;
  small.reserve(static_cast<size_t>(columns * rows));
  for (int64_t row = 0; row < rows; ++row) {
    for (int64_t column = 0; column < columns; ++column) {
      std::array<int, kPartCount> votes{};
      for (int64_t y = row * tall; y < (row + 1) * tall; ++y) {
        for (int64_t x = column * wide; x < (column + 1) * wide; ++x) {
          ++votes[parts[static_cast<size_t>(y * size.width + x)]];
        }
      }
      small.push_back(static_cast<uint8_t>(std::ranges::max_element(votes) - votes.begin()));
    }
  }
  return small;
}

}  // namespace newbie::world
