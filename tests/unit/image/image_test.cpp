#include "image/image.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "base/file.h"
#include "base/json.h"
#include "support.h"

namespace newbie::image {
namespace {

TEST(FromPlanes, RoundsHalvesToEvenOrDown) {
  // 2 (k + 0.5) / 255 - 1 lands on a half level; exact ones are rare, so they are searched for.
  int halves = 0;
  for (int k = 0; k < 255; ++k) {
    const float value = static_cast<float>((k + 0.5) / 127.5 - 1);
    if ((value / 2 + 0.5f) * 255 != static_cast<float>(k) + 0.5f) continue;
    ++halves;
    const float plane[] = {value};
    EXPECT_EQ(from_planes(plane, 1, 1, 1, Rounding::nearest).pixels[0], k + k % 2) << k;
    EXPECT_EQ(from_planes(plane, 1, 1, 1, Rounding::truncate).pixels[0], k) << k;
  }
  EXPECT_GT(halves, 50);
}

TEST(FromPlanes, ClampsAndInterleaves) {
  const float inf = std::numeric_limits<float>::infinity();
  const float planes[] = {-1, 1, 5, -inf, 0.5f, inf};
  const Picture picture = from_planes(planes, 3, 1, 2, Rounding::truncate);
  EXPECT_EQ(picture.width, 2);
  EXPECT_EQ(picture.pixels, (std::vector<uint8_t>{0, 255, 191, 255, 0, 255}));
}

TEST(FromPlanes, RefusesNanAndWrongSizes) {
  const float planes[] = {0, std::nanf("")};
  EXPECT_EQ(code_of([&] { from_planes(planes, 1, 1, 2, Rounding::nearest); }),
            "image.not_a_number");
  EXPECT_EQ(code_of([&] { from_planes(planes, 3, 1, 2, Rounding::nearest); }), "image.wrong_size");
  EXPECT_EQ(code_of([&] { from_planes(planes, 2, 1, 1, Rounding::nearest); }), "image.wrong_size");
  EXPECT_EQ(code_of([&] { from_planes({}, 1, 0, 0, Rounding::nearest); }), "image.wrong_size");
}

TEST(Planes, ComeBackAsTheSameLevels) {
  const Picture picture = patterned(16, 16, 3);
  EXPECT_EQ(from_planes(to_planes(picture), 3, 16, 16, Rounding::nearest), picture);
}

/// One tensor of a safetensors file: this folder knows no reader of them.
std::string tensor_bytes(const std::string& file, const std::string& name) {
  uint64_t length = 0;
  std::memcpy(&length, file.data(), sizeof length);
  const Json header = parse_json(std::string_view(file).substr(8, length), "header").value();
  const auto offsets = header.at(name).at("data_offsets").get<std::vector<size_t>>();
  return file.substr(8 + length + offsets[0], offsets[1] - offsets[0]);
}

TEST(FromPlanes, EqualsUpstreamOnAWholePicture) {
  const std::string file =
      read_file(std::filesystem::path(NEWBIE_TEST_DATA) / "golden/goldens/e2e.safetensors");
  const std::string bytes = tensor_bytes(file, "sample/xml/main/image");
  const std::string levels = tensor_bytes(file, "xml/main/image_u8_round");
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  const int count = static_cast<int>(values.size());
  const Picture picture = from_planes(values, 1, 1, count, Rounding::nearest);
  // The data keep evenly spaced elements of the planes; upstream's levels are interleaved.
  constexpr size_t kPixels = size_t{192} * 256;
  for (size_t k = 0; k < values.size(); ++k) {
    const size_t at = k * 3 * kPixels / values.size();
    const auto level = static_cast<uint8_t>(levels[at % kPixels * 3 + at / kPixels]);
    ASSERT_EQ(picture.pixels[k], level) << "element " << at;
  }
}

TEST(ToRgb, LaysTransparencyOnWhite) {
  const Picture rgba{3, 1, 4, {10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 255, 128}};
  EXPECT_EQ(to_rgb(rgba).pixels, (std::vector<uint8_t>{10, 20, 30, 255, 255, 255, 127, 177, 255}));
  EXPECT_EQ(to_rgb(Picture{1, 1, 1, {7}}).pixels, (std::vector<uint8_t>{7, 7, 7}));
  const Picture rgb = patterned(2, 2, 3);
  EXPECT_EQ(to_rgb(rgb), rgb);
}

TEST(Brightness, IsExactAtBlackAndWhite) {
  const Picture rgba{3, 1, 4, {255, 255, 255, 255, 0, 0, 0, 255, 255, 255, 255, 0}};
  EXPECT_EQ(brightness(rgba), (std::vector<float>{1, 0, 0}));
  EXPECT_EQ(brightness(Picture{1, 1, 1, {255}}), (std::vector<float>{1}));
  EXPECT_FLOAT_EQ(brightness(Picture{1, 1, 3, {0, 255, 0}})[0], 0.587f);
}

TEST(Validate, NamesTheSizes) {
  Picture picture = patterned(4, 4, 3);
  picture.pixels.pop_back();
  try {
    validate(picture);
    FAIL() << "a picture without its last sample was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "image.wrong_size");
    EXPECT_STREQ(error.what(), "a picture of 4 x 4 pixels with 3 channels holds 47 samples");
  }
}

}  // namespace
}  // namespace newbie::image
