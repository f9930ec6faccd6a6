#include "image/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "image/resize.h"

namespace newbie::image {
namespace {

/// Appends the escape that sets one of the two colours, unless it is set already.
class Pen {
 public:
  explicit Pen(int layer) : layer_(layer) {}
  void use(const uint8_t* rgb, std::string& out) {
    if (set_ && std::memcmp(rgb, current_, 3) == 0) return;
    std::memcpy(current_, rgb, 3);
    set_ = true;
    fmt::format_to(std::back_inserter(out), "\x1b[{};2;{};{};{}m", layer_, rgb[0], rgb[1], rgb[2]);
  }

 private:
  int layer_;
  bool set_ = false;
  uint8_t current_[3] = {};
};

}  // namespace

std::string half_blocks(const Picture& picture, int64_t columns) {
  validate(picture);
  // A cell is twice as high as wide, so half a cell is a square pixel.
  const int64_t lines =
      std::max<int64_t>(1, (picture.height * columns + picture.width) / (2 * picture.width));
  const Picture small = resize(to_rgb(picture), columns, 2 * lines, Filter::box);
  std::string out;
  for (int64_t y = 0; y < small.height; y += 2) {
    Pen upper(38);
    Pen lower(48);
    for (int64_t x = 0; x < columns; ++x) {
      upper.use(small.row(y) + 3 * x, out);
      lower.use(small.row(y + 1) + 3 * x, out);
      out += "\u2580";
    }
    out += "\x1b[0m\n";
  }
  return out;
}

}  // namespace newbie::image
