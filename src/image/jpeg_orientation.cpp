#include "image/jpeg_orientation.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace newbie::image {
namespace {

/// Integers of a TIFF header in its own byte order; reads past the end give zero.
class Tiff {
 public:
  explicit Tiff(std::span<const std::byte> bytes)
      : bytes_(bytes), little_(at(0) == 'I'), sound_(number(2, 2) == 42) {}

  bool sound() const { return sound_; }
  uint32_t number(size_t offset, size_t size) const {
    uint32_t value = 0;
    for (size_t i = 0; i < size; ++i)
      value = value << 8 | at(offset + (little_ ? size - 1 - i : i));
    return value;
  }

 private:
  unsigned char at(size_t offset) const {
    return offset < bytes_.size() ? static_cast<unsigned char>(bytes_[offset]) : 0;
  }

  std::span<const std::byte> bytes_;
  bool little_;
  bool sound_;
};

}  // namespace

int exif_orientation(std::span<const std::byte> segment) {
  constexpr std::string_view kExif("Exif\0\0", 6);
  constexpr uint32_t kOrientation = 0x0112, kMostEntries = 512;
  const std::string_view text(reinterpret_cast<const char*>(segment.data()), segment.size());
  if (!text.starts_with(kExif)) return 1;
  const Tiff tiff(segment.subspan(kExif.size()));
  if (!tiff.sound()) return 1;
  const size_t directory = tiff.number(4, 4);
  const uint32_t entries = std::min(tiff.number(directory, 2), kMostEntries);
  for (uint32_t i = 0; i < entries; ++i) {
    const size_t entry = directory + 2 + size_t{12} * i;
    if (tiff.number(entry, 2) != kOrientation) continue;
    const uint32_t value = tiff.number(entry + 8, 2);
    return value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

Picture upright(Picture picture, int orientation) {
  if (orientation == 1) return picture;
  const bool transposed = orientation >= 5;
  // Which sides of the stored picture run backwards.
  const bool flip_x = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool flip_y = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const int64_t width = transposed ? picture.height : picture.width;
  const int64_t height = transposed ? picture.width : picture.height;
  Picture turned = Picture::blank(width, height, picture.channels);
  for (int64_t y = 0; y < height; ++y) {
    uint8_t* to = turned.row(y);
    for (int64_t x = 0; x < width; ++x, to += picture.channels) {
      int64_t from_x = transposed ? y : x, from_y = transposed ? x : y;
      if (flip_x) from_x = picture.width - 1 - from_x;
      if (flip_y) from_y = picture.height - 1 - from_y;
      std::copy_n(picture.row(from_y) + from_x * picture.channels, picture.channels, to);
    }
  }
  return turned;
}

}  // namespace newbie::image
