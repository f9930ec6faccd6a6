/// Any bytes either give texts that are UTF-8 and within the limit, or raise an `image.*` error.

#include <cstdlib>
#include <span>

#include "base/error.h"
#include "base/utf8.h"
#include "image/png.h"
#include "png_mutator.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace newbie;
  constexpr uint64_t kLimit = 1 << 16;
  try {
    const auto bytes = std::as_bytes(std::span(data, size));
    uint64_t total = 0;
    for (const auto& [keyword, text] : image::decode_png_metadata(bytes, {.text_bytes = kLimit})) {
      if (keyword.empty() || utf8::first_invalid(keyword) || utf8::first_invalid(text))
        std::abort();
      total += text.size();
    }
    if (total > kLimit) std::abort();
  } catch (const Error& error) {
    if (!error.code().starts_with("image.")) std::abort();
  }
  return 0;
}
