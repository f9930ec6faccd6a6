#pragma once
/// Putting pictures together.

#include <array>
#include <cstdint>
#include <span>

#include "image/image.h"

namespace newbie::image {

/// Copies a picture of three channels into another that has room for it at (left, top), in pixels.
void paste(const Picture& rgb, Picture& onto, int64_t left, int64_t top);

/// How pictures stand on a sheet.
struct ContactSheet {
  int64_t columns = 0;  ///< 0: as many as make the sheet about square
  int64_t margin = 8;   ///< pixels around and between the pictures
  std::array<uint8_t, 3> background = {255, 255, 255};
};

/// Pictures in rows from the top left, each in the middle of a cell as large as the largest.
/// Errors: `image.wrong_size` (also for no pictures at all).
Picture contact_sheet(std::span<const Picture> pictures, const ContactSheet& sheet = {});

}  // namespace newbie::image
