#pragma once
/// What the picture tests share: a patterned picture and errors by code.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "image/image.h"
#include "support/errors.h"

namespace newbie::image {

/// A picture in which no two neighbouring samples are alike.
inline Picture patterned(int64_t width, int64_t height, int channels) {
  Picture picture = Picture::blank(width, height, channels);
  for (size_t i = 0; i < picture.pixels.size(); ++i) {
    picture.pixels[i] = static_cast<uint8_t>(i * 37 + i / 11 * 5);
  }
  return picture;
}

using test::code_of;

inline std::filesystem::path image_data(const std::string& name) {
  return std::filesystem::path(NEWBIE_TEST_DATA) / "image" / name;
}

}  // namespace newbie::image
