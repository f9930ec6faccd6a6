/// Any bytes either decode to a valid picture that survives being written again, or raise an
/// `image.*` error.

#include "image/png.h"

#include <cstdlib>
#include <span>

#include "base/error.h"
#include "png_mutator.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace newbie;
  try {
    const auto bytes = std::as_bytes(std::span(data, size));
    const image::Picture picture = image::decode_png(bytes, {.pixels = 1 << 16});
    image::validate(picture);
    const std::string again = image::encode_png(picture);
    if (!(image::decode_png(std::as_bytes(std::span(again))) == picture)) std::abort();
  } catch (const Error& error) {
    if (!error.code().starts_with("image.")) std::abort();
  }
  return 0;
}
