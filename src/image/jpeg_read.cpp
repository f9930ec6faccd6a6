#include <fmt/format.h>

#include <csetjmp>
#include <cstdio>
// jpeglib.h needs FILE and size_t before it.
#include <jpeglib.h>

#include "base/error.h"
#include "image/jpeg_orientation.h"
#include "image/picture_file.h"
#include "image/picture_limits.h"

namespace newbie::image {
namespace {

/// libjpeg's own error state first, so that its pointer is ours.
struct Failure {
  jpeg_error_mgr manager;
  std::jmp_buf back;
  char problem[JMSG_LENGTH_MAX] = "";
};

[[noreturn]] void note_problem(j_common_ptr jpeg) {
  auto* failure = reinterpret_cast<Failure*>(jpeg->err);
  failure->manager.format_message(jpeg, failure->problem);
  std::longjmp(failure->back, 1);
}

/// A truncated file is padded with grey by the library; here every complaint is an error.
void refuse_warning(j_common_ptr jpeg, int level) {
  if (level < 0) note_problem(jpeg);
}

void print_nothing(j_common_ptr) {}

/// No destructors between setjmp and longjmp: see README.md.
bool read_header(jpeg_decompress_struct& jpeg, Failure& failure, std::span<const std::byte> bytes) {
  if (setjmp(failure.back) != 0) return false;
  jpeg_mem_src(&jpeg, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  jpeg_save_markers(&jpeg, JPEG_APP0 + 1, 0xffff);
  jpeg_read_header(&jpeg, TRUE);
  const bool cmyk = jpeg.jpeg_color_space == JCS_CMYK || jpeg.jpeg_color_space == JCS_YCCK;
  jpeg.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
  jpeg_calc_output_dimensions(&jpeg);
  return true;
}

bool read_rows(jpeg_decompress_struct& jpeg, Failure& failure, uint8_t* pixels, int64_t stride) {
  if (setjmp(failure.back) != 0) return false;
  jpeg_start_decompress(&jpeg);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = pixels + stride * jpeg.output_scanline;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  return true;
}

class Decoder {
 public:
  explicit Decoder(Failure& failure) {
    jpeg_.err = jpeg_std_error(&failure.manager);
    failure.manager.error_exit = note_problem;
    failure.manager.emit_message = refuse_warning;
    failure.manager.output_message = print_nothing;
    jpeg_create_decompress(&jpeg_);
  }
  ~Decoder() { jpeg_destroy_decompress(&jpeg_); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  jpeg_decompress_struct& jpeg() { return jpeg_; }

  int orientation() const {
    for (const jpeg_marker_struct* marker = jpeg_.marker_list; marker; marker = marker->next) {
      const int found = exif_orientation(
          std::as_bytes(std::span<const JOCTET>(marker->data, marker->data_length)));
      if (found != 1) return found;
    }
    return 1;
  }

 private:
  jpeg_decompress_struct jpeg_{};
};

/// Print colours to RGB. Adobe's programs store them inverted, and say so.
Picture rgb_of_cmyk(const Picture& ink, bool inverted) {
  Picture rgb = Picture::blank(ink.width, ink.height, 3);
  for (size_t p = 0; p < static_cast<size_t>(ink.width * ink.height); ++p) {
    const auto light = [&](size_t c) {
      const int level = ink.pixels[4 * p + c];
      return inverted ? level : 255 - level;
    };
    for (size_t c = 0; c < 3; ++c) {
      rgb.pixels[3 * p + c] = static_cast<uint8_t>((light(c) * light(3) + 127) / 255);
    }
  }
  return rgb;
}

Error damaged(const Failure& failure) {
  return Error("image.damaged", fmt::format("the JPEG is damaged: {}", failure.problem));
}

}  // namespace

Picture decode_jpeg(std::span<const std::byte> bytes, const PngLimits& limits) {
  Failure failure{};
  Decoder decoder(failure);
  jpeg_decompress_struct& jpeg = decoder.jpeg();
  if (!read_header(jpeg, failure, bytes)) throw damaged(failure);
  require_size(jpeg.output_width, jpeg.output_height, limits);
  const int channels = jpeg.out_color_space == JCS_CMYK ? 4 : 3;
  Picture picture = Picture::blank(jpeg.output_width, jpeg.output_height, channels);
  const int orientation = decoder.orientation();
  if (!read_rows(jpeg, failure, picture.pixels.data(), picture.width * channels)) {
    throw damaged(failure);
  }
  if (channels == 4) picture = rgb_of_cmyk(picture, jpeg.saw_Adobe_marker);
  return upright(std::move(picture), orientation);
}

}  // namespace newbie::image
