// JPEG and WebP: read as the libraries' own writers meant them, turned upright, refused when
// damaged.

#include "image/picture_file.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
// jpeglib.h needs FILE and size_t before it.
#include <jpeglib.h>
#include <webp/encode.h>

#include "image/jpeg_orientation.h"
#include "support.h"

namespace newbie::image {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

/// Smooth, so that lossy formats keep it within a few levels.
Picture gradient(int64_t width, int64_t height) {
  Picture picture = Picture::blank(width, height, 3);
  for (int64_t y = 0; y < height; ++y) {
    for (int64_t x = 0; x < width; ++x) {
      uint8_t* pixel = picture.row(y) + 3 * x;
      pixel[0] = static_cast<uint8_t>(255 * x / width);
      pixel[1] = static_cast<uint8_t>(255 * y / height);
      pixel[2] = 100;
    }
  }
  return picture;
}

/// An APP1 segment that says nothing but an orientation, in either byte order.
std::string exif(int orientation, bool little) {
  const auto number = [little](unsigned value, int size) {
    std::string out;
    for (int i = 0; i < size; ++i) {
      out += static_cast<char>(value >> (8 * (little ? i : size - 1 - i)));
    }
    return out;
  };
  return std::string("Exif\0\0", 6) + (little ? "II" : "MM") + number(42, 2) + number(8, 4) +
         number(1, 2) + number(0x0112, 2) + number(3, 2) + number(1, 4) +
         number(static_cast<unsigned>(orientation), 2) + number(0, 2) + number(0, 4);
}

std::string jpeg_of(const Picture& picture, const std::string& app1 = "") {
  jpeg_compress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&jpeg, &data, &size);
  jpeg.image_width = static_cast<JDIMENSION>(picture.width);
  jpeg.image_height = static_cast<JDIMENSION>(picture.height);
  jpeg.input_components = picture.channels;
  jpeg.in_color_space = picture.channels == 4 ? JCS_CMYK : JCS_RGB;
  jpeg_set_defaults(&jpeg);
  jpeg_set_quality(&jpeg, 100, TRUE);
  jpeg_start_compress(&jpeg, TRUE);
  if (!app1.empty()) {
    jpeg_write_marker(&jpeg, JPEG_APP0 + 1, reinterpret_cast<const JOCTET*>(app1.data()),
                      static_cast<unsigned>(app1.size()));
  }
  while (jpeg.next_scanline < jpeg.image_height) {
    auto* row = const_cast<uint8_t*>(picture.row(jpeg.next_scanline));
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  std::string bytes(reinterpret_cast<char*>(data), size);
  jpeg_destroy_compress(&jpeg);
  std::free(data);
  return bytes;
}

std::string webp_of(const Picture& picture) {
  uint8_t* data = nullptr;
  const auto encode = picture.channels == 4 ? WebPEncodeLosslessRGBA : WebPEncodeLosslessRGB;
  const size_t size = encode(picture.pixels.data(), static_cast<int>(picture.width),
                             static_cast<int>(picture.height),
                             static_cast<int>(picture.width * picture.channels), &data);
  std::string bytes(reinterpret_cast<char*>(data), size);
  WebPFree(data);
  return bytes;
}

int largest_difference(const Picture& a, const Picture& b) {
  EXPECT_EQ(a.width, b.width);
  EXPECT_EQ(a.height, b.height);
  int largest = 0;
  for (size_t i = 0; i < std::min(a.pixels.size(), b.pixels.size()); ++i) {
    largest = std::max(largest, std::abs(a.pixels[i] - b.pixels[i]));
  }
  return largest;
}

TEST(PictureFile, KnowsFormatsByTheirBytes) {
  EXPECT_EQ(format_of(bytes_of(encode_png(gradient(3, 2)))), PictureFormat::png);
  EXPECT_EQ(format_of(bytes_of(jpeg_of(gradient(3, 2)))), PictureFormat::jpeg);
  EXPECT_EQ(format_of(bytes_of(webp_of(gradient(3, 2)))), PictureFormat::webp);
  EXPECT_EQ(format_of(bytes_of("GIF89a")), std::nullopt);
  EXPECT_TRUE(has_picture_extension("a/b.JPEG"));
  EXPECT_FALSE(has_picture_extension("a/b.txt"));
  EXPECT_EQ(code_of([] { decode_picture(bytes_of("hello")); }), "image.unknown_format");
  EXPECT_EQ(code_of([] { decode_picture({}); }), "image.unknown_format");
}

TEST(PictureFile, ReadsJpegAndWebp) {
  const Picture picture = gradient(64, 40);
  EXPECT_LE(largest_difference(decode_picture(bytes_of(jpeg_of(picture))), picture), 6);
  EXPECT_EQ(decode_picture(bytes_of(webp_of(picture))), picture);
  Picture clear = Picture::blank(8, 8, 4);
  clear.pixels[3] = 200;
  clear.pixels[0] = 17;
  const Picture back = decode_picture(bytes_of(webp_of(clear)));
  EXPECT_EQ(back.channels, 4);
  EXPECT_EQ(back.pixels[3], 200);
}

TEST(PictureFile, TurnsJpegsUpright) {
  // What a viewer shows of `upright(...)`, for every orientation and both byte orders.
  const Picture picture = gradient(48, 32);
  constexpr int kInverse[] = {0, 1, 2, 3, 4, 5, 8, 7, 6};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const Picture stored = upright(picture, kInverse[orientation]);
    const std::string bytes = jpeg_of(stored, exif(orientation, orientation % 2 == 0));
    EXPECT_LE(largest_difference(decode_jpeg(bytes_of(bytes)), picture), 6) << orientation;
  }
}

TEST(PictureFile, OrientationSixTurnsClockwise) {
  Picture picture = Picture::blank(2, 1, 1);
  picture.pixels = {10, 20};  // left, right
  const Picture turned = upright(picture, 6);
  EXPECT_EQ(turned.width, 1);
  EXPECT_EQ(turned.pixels, (std::vector<uint8_t>{10, 20}));  // the left end is now the top
  EXPECT_EQ(upright(picture, 8).pixels, (std::vector<uint8_t>{20, 10}));
  EXPECT_EQ(upright(picture, 2).pixels, (std::vector<uint8_t>{20, 10}));
}

TEST(PictureFile, IgnoresExifThatMakesNoSense) {
  EXPECT_EQ(exif_orientation(bytes_of(exif(9, true))), 1);
  EXPECT_EQ(exif_orientation(bytes_of("Exif")), 1);
  EXPECT_EQ(exif_orientation(bytes_of(exif(6, true).substr(0, 20))), 1);
  EXPECT_EQ(exif_orientation(bytes_of(exif(6, false))), 6);
}

TEST(PictureFile, ReadsPrintColours) {
  Picture ink = Picture::blank(16, 16, 4);  // stored the plain way round: 0 is no ink
  for (size_t p = 0; p < 256; ++p) ink.pixels[4 * p] = 255;
  const Picture rgb = decode_jpeg(bytes_of(jpeg_of(ink)));
  ASSERT_EQ(rgb.channels, 3);
  // The library writes an Adobe marker for CMYK, which means inverted samples: 255 is full light.
  EXPECT_EQ(rgb.pixels[0] + rgb.pixels[1] + rgb.pixels[2], 0);
}

TEST(PictureFile, RefusesDamageAndSize) {
  const std::string jpeg = jpeg_of(gradient(64, 64)), webp = webp_of(gradient(64, 64));
  const auto half = [](const std::string& bytes) { return bytes.substr(0, bytes.size() / 2); };
  EXPECT_EQ(code_of([&] { decode_jpeg(bytes_of(half(jpeg))); }), "image.damaged");
  EXPECT_EQ(code_of([&] { decode_webp(bytes_of(half(webp))); }), "image.damaged");
  EXPECT_EQ(code_of([&] { decode_webp(bytes_of(webp.substr(0, 14))); }), "image.damaged");
  const PngLimits small{.pixels = 1000};
  EXPECT_EQ(code_of([&] { decode_jpeg(bytes_of(jpeg), small); }), "image.too_large");
  EXPECT_EQ(code_of([&] { decode_webp(bytes_of(webp), small); }), "image.too_large");
}

TEST(PictureFile, NamesTheFile) {
  const auto path = std::filesystem::temp_directory_path() / "newbie_picture_file_test.jpg";
  std::ofstream(path) << "not a picture";
  try {
    read_picture(path);
    FAIL();
  } catch (const Error& error) {
    ASSERT_FALSE(error.places().empty());
    EXPECT_EQ(error.places().front(), path.string());
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace newbie::image
