// Pictures of any format: decoded whole or refused with an Error.

#include "image/picture_file.h"

#include <cstddef>
#include <cstdint>

#include "base/error.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  newbie::image::PngLimits limits;
  limits.pixels = 1 << 20;
  try {
    newbie::image::validate(
        newbie::image::decode_picture(std::as_bytes(std::span(data, size)), limits));
  } catch (const newbie::Error&) {
  }
  return 0;
}
