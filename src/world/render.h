#pragma once
/// From a scene to its picture and what is where in it.

#include <cstdint>
#include <vector>

#include "image/image.h"
#include "world/scene.h"

namespace newbie::world {

/// Smallest and largest side of a picture.
inline constexpr int64_t kLeastSide = 64, kMostSide = 4096;

/// Of a picture, in pixels.
struct Size {
  int64_t width = 256;
  int64_t height = 256;
  bool operator==(const Size&) const = default;
};

/// The pixels [left, right) x [top, bottom) in which a character can be seen.
struct Box {
  int64_t left = 0, top = 0, right = 0, bottom = 0;
  bool operator==(const Box&) const = default;
};

/// Values of a part map: 0 nobody, else 1 + 4 * character + (hair, skin, clothes, other).
inline constexpr int kPartCount = 13;

/// A picture with its ground truth, pixel by pixel and character by character.
struct Rendering {
  image::Picture picture;      ///< RGB
  std::vector<uint8_t> parts;  ///< the part map: [height, width]
  std::vector<Box> boxes;      ///< of the characters; empty where one is wholly hidden

  /// 255 where the character is seen, one grey channel.
  image::Picture mask(size_t character) const;
};

/// Draws a scene. `seed` decides everything that the scene leaves open; the same scene, seed and
/// size give the same bytes on every machine, and changing one attribute leaves the chances of
/// everything else as they were. Errors: `image.wrong_size`, `world.no_characters`.
/// Cost: about 4 ms at 256 x 256.
Rendering render(const Scene& scene, uint64_t seed, Size size = {});

/// A part map at a lower resolution: every cell holds its most frequent value, the lowest of
/// several. Shapes: [rows, columns]; `size` must be divisible by them.
std::vector<uint8_t> shrink_parts(const std::vector<uint8_t>& parts, Size size, int64_t columns,
                                  int64_t rows);

}  // namespace newbie::world
