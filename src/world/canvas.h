#pragma once
/// Two surfaces of one size: the colours, and beside them which part of whom every pixel shows.
/// The only code that knows Cairo.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "image/image.h"
#include "world/colour.h"
#include "world/geometry.h"

namespace newbie::world {

/// Nothing but solid polygons reaches Cairo's software surfaces, whose coverage is integer
/// arithmetic: the same polygons give the same bytes on every machine (ADR 0260).
class Canvas {
 public:
  Canvas(int64_t width, int64_t height);
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  int64_t width() const { return width_; }
  int64_t height() const { return height_; }

  void fill_all(Colour colour);
  /// The inside of a polygon by the nonzero rule, with soft edges. `opacity` in (0, 1].
  void fill(std::span<const Point> polygon, Colour colour, double opacity = 1);
  /// Several polygons as one: where they overlap nothing is painted twice.
  void fill(std::span<const std::vector<Point>> polygons, Colour colour, double opacity = 1);
  /// Writes `part` into the part map inside the polygon, with hard edges.
  void label(std::span<const Point> polygon, uint8_t part);

  struct Stop {
    double at;  ///< 0 at the top of the stretch, 1 at its bottom
    Colour colour;
  };
  /// Fills rows [top, bottom) with colours between the stops.
  void gradient(double top, double bottom, std::span<const Stop> stops);

  /// Every pixel through a function of its three channels (0 to 255).
  template <class Change>
  void change_pixels(const Change& change) {
    for (int64_t y = 0; y < height_; ++y) {
      uint32_t* pixels = row(y);
      for (int64_t x = 0; x < width_; ++x) {
        const uint32_t p = pixels[x];
        pixels[x] = change(p >> 16 & 255, p >> 8 & 255, p & 255);
      }
    }
  }

  image::Picture picture() const;
  /// Shapes: [height, width].
  std::vector<uint8_t> parts() const;

 private:
  struct Surface;
  uint32_t* row(int64_t y);

  int64_t width_, height_;
  std::unique_ptr<Surface> colours_, parts_;
};

}  // namespace newbie::world
