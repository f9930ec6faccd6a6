#pragma once
/// Pictures of 8-bit samples, and their conversion from and to the float planes that networks use.

#include <cstdint>
#include <span>
#include <vector>

namespace newbie::image {

/// Rows from the top, pixels from the left, samples of a pixel together; no padding.
struct Picture {
  int64_t width = 0;
  int64_t height = 0;
  int channels = 3;  ///< 1 grey, 3 RGB, 4 RGBA (alpha not premultiplied)
  std::vector<uint8_t> pixels;

  /// A picture filled with zeros.
  static Picture blank(int64_t width, int64_t height, int channels = 3);

  const uint8_t* row(int64_t y) const { return pixels.data() + y * width * channels; }
  uint8_t* row(int64_t y) { return pixels.data() + y * width * channels; }
  bool operator==(const Picture&) const = default;
};

/// Throws `image.wrong_size` unless the sizes are positive, the channels 1, 3 or 4 and the pixels
/// as many as that needs.
void validate(const Picture& picture);

/// How a value in [0, 1] becomes one of 256 levels.
enum class Rounding {
  nearest,   ///< round(255 x), halves to even (NewbiePipeline)
  truncate,  ///< floor(255 x) (demo.py)
};

/// Planes in [-1, 1], as a decoder returns them, to 8 bits: clamp(x / 2 + 0.5, 0, 1), then rounded.
/// Shapes: chw [C, height, width] with C = 1, 3 or 4.
/// Errors: `image.wrong_size`; `image.not_a_number` (a NaN has no colour).
Picture from_planes(std::span<const float> chw, int channels, int64_t height, int64_t width,
                    Rounding rounding);

/// The inverse: [C, height, width] with level / 127.5 - 1.
std::vector<float> to_planes(const Picture& picture);

/// Grey repeated to RGB, alpha dropped by laying the picture on white. RGB stays as it is.
Picture to_rgb(const Picture& picture);

/// Brightness of every pixel in [0, 1] (0.299 R + 0.587 G + 0.114 B); transparent counts as black.
/// Shapes: [height, width].
std::vector<float> brightness(const Picture& picture);

}  // namespace newbie::image
