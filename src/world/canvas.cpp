#include "world/canvas.h"

#include <cairo.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace newbie::world {

struct Canvas::Surface {
  cairo_surface_t* surface;
  cairo_t* context;

  Surface(int64_t width, int64_t height, cairo_antialias_t antialias)
      : surface(cairo_image_surface_create(CAIRO_FORMAT_RGB24, static_cast<int>(width),
                                           static_cast<int>(height))),
        context(cairo_create(surface)) {
    const cairo_status_t status = cairo_status(context);
    if (status != CAIRO_STATUS_SUCCESS) {
      cairo_destroy(context);
      cairo_surface_destroy(surface);
      throw Error("image.wrong_size", fmt::format("cannot draw {} x {} pixels: {}", width, height,
                                                  cairo_status_to_string(status)));
    }
    cairo_set_antialias(context, antialias);
  }
  ~Surface() {
    cairo_destroy(context);
    cairo_surface_destroy(surface);
  }
  Surface(const Surface&) = delete;
  Surface& operator=(const Surface&) = delete;

  void trace(std::span<const Point> polygon) {
    cairo_move_to(context, polygon[0].x, polygon[0].y);
    for (const Point& point : polygon.subspan(1)) cairo_line_to(context, point.x, point.y);
    cairo_close_path(context);
  }
  uint32_t* row(int64_t y) {
    return reinterpret_cast<uint32_t*>(cairo_image_surface_get_data(surface) +
                                       y * cairo_image_surface_get_stride(surface));
  }
};

namespace {

double channel(double value) { return std::clamp(value, 0.0, 255.0) / 255; }

uint32_t packed(Colour c) {
  const auto level = [](double value) {
    return static_cast<uint32_t>(std::clamp(value, 0.0, 255.0) + 0.5);
  };
  return level(c.r) << 16 | level(c.g) << 8 | level(c.b);
}

}  // namespace

Canvas::Canvas(int64_t width, int64_t height)
    : width_(width),
      height_(height),
      colours_(std::make_unique<Surface>(width, height, CAIRO_ANTIALIAS_GOOD)),
      parts_(std::make_unique<Surface>(width, height, CAIRO_ANTIALIAS_NONE)) {}

Canvas::~Canvas() = default;

uint32_t* Canvas::row(int64_t y) {
  cairo_surface_flush(colours_->surface);
  return colours_->row(y);
}

void Canvas::fill_all(Colour colour) {
  for (int64_t y = 0; y < height_; ++y) std::fill_n(row(y), width_, packed(colour));
  cairo_surface_mark_dirty(colours_->surface);
}

void Canvas::fill(std::span<const Point> polygon, Colour c, double opacity) {
  if (polygon.size() < 3) return;
  cairo_set_source_rgba(colours_->context, channel(c.r), channel(c.g), channel(c.b), opacity);
  colours_->trace(polygon);
  cairo_fill(colours_->context);
}

void Canvas::fill(std::span<const std::vector<Point>> polygons, Colour c, double opacity) {
  cairo_set_source_rgba(colours_->context, channel(c.r), channel(c.g), channel(c.b), opacity);
  for (const std::vector<Point>& polygon : polygons) {
    if (polygon.size() > 2) colours_->trace(polygon);
  }
  cairo_fill(colours_->context);
}

void Canvas::label(std::span<const Point> polygon, uint8_t part) {
  if (polygon.size() < 3) return;
  cairo_set_source_rgb(parts_->context, 0, 0, part / 255.0);
  parts_->trace(polygon);
  cairo_fill(parts_->context);
}

void Canvas::gradient(double top, double bottom, std::span<const Stop> stops) {
  const int64_t first = std::max<int64_t>(0, std::lround(top));
  const int64_t end = std::min<int64_t>(height_, std::lround(bottom));
  for (int64_t y = first; y < end; ++y) {
    const double at = (static_cast<double>(y) + 0.5 - top) / (bottom - top);
    size_t next = 1;
    while (next + 1 < stops.size() && stops[next].at < at) ++next;
    const Stop &low = stops[next - 1], &high = stops[next];
    const double t = std::clamp((at - low.at) / (high.at - low.at), 0.0, 1.0);
    std::fill_n(row(y), width_, packed(mix(low.colour, high.colour, t)));
  }
  cairo_surface_mark_dirty(colours_->surface);
}

image::Picture Canvas::picture() const {
  cairo_surface_flush(colours_->surface);
  image::Picture picture = image::Picture::blank(width_, height_);
  for (int64_t y = 0; y < height_; ++y) {
    const uint32_t* in = colours_->row(y);
    uint8_t* out = picture.row(y);
    for (int64_t x = 0; x < width_; ++x) {
      *out++ = static_cast<uint8_t>(in[x] >> 16);
      *out++ = static_cast<uint8_t>(in[x] >> 8);
      *out++ = static_cast<uint8_t>(in[x]);
    }
  }
  return picture;
}

std::vector<uint8_t> Canvas::parts() const {
  cairo_surface_flush(parts_->surface);
  std::vector<uint8_t> parts;
  parts.reserve(static_cast<size_t>(width_ * height_));
  for (int64_t y = 0; y < height_; ++y) {
    const uint32_t* in = parts_->row(y);
    for (int64_t x = 0; x < width_; ++x) parts.push_back(static_cast<uint8_t>(in[x]));
  }
  return parts;
}

}  // namespace newbie::world
