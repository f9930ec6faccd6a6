#include "image/compose.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"

namespace newbie::image {

void paste(const Picture& rgb, Picture& onto, int64_t left, int64_t top) {
  for (int64_t y = 0; y < rgb.height; ++y) {
    std::copy_n(rgb.row(y), rgb.width * 3, onto.row(top + y) + left * 3);
  }
}

Picture contact_sheet(std::span<const Picture> pictures, const ContactSheet& sheet) {
  if (pictures.empty()) throw Error("image.wrong_size", "a contact sheet needs a picture");
  const auto count = static_cast<int64_t>(pictures.size());
  int64_t columns = std::min(sheet.columns, count);
  if (columns <= 0) {
    columns = static_cast<int64_t>(std::ceil(std::sqrt(static_cast<double>(count))));
  }
  const int64_t rows = (count + columns - 1) / columns;
  int64_t width = 0;
  int64_t height = 0;
  for (const Picture& picture : pictures) {
    validate(picture);
    width = std::max(width, picture.width);
    height = std::max(height, picture.height);
  }
  const int64_t margin = std::max<int64_t>(0, sheet.margin);
  Picture all =
      Picture::blank(margin + columns * (width + margin), margin + rows * (height + margin));
  for (size_t i = 0; i < all.pixels.size(); ++i) all.pixels[i] = sheet.background[i % 3];
  for (int64_t i = 0; i < count; ++i) {
    const Picture rgb = to_rgb(pictures[static_cast<size_t>(i)]);
    const int64_t left = margin + i % columns * (width + margin) + (width - rgb.width) / 2;
    const int64_t top = margin + i / columns * (height + margin) + (height - rgb.height) / 2;
    paste(rgb, all, left, top);
  }
  return all;
}

}  // namespace newbie::image
