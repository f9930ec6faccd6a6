#include <fmt/format.h>
#include <png.h>

#include <csetjmp>
#include <cstring>
#include <new>

#include "base/error.h"
#include "base/file.h"
#include "image/picture_limits.h"
#include "image/png.h"

namespace newbie::image {
namespace {

struct Source {
  std::span<const std::byte> bytes;
  size_t at = 0;
  char problem[128] = "";
};

void take_bytes(png_structp png, png_bytep data, size_t size) {
  auto* source = static_cast<Source*>(png_get_io_ptr(png));
  if (source->bytes.size() - source->at < size) png_error(png, "the file ends too early");
  std::memcpy(data, source->bytes.data() + source->at, size);
  source->at += size;
}

[[noreturn]] void note_problem(png_structp png, png_const_charp message) {
  auto* source = static_cast<Source*>(png_get_error_ptr(png));
  std::strncpy(source->problem, message, sizeof source->problem - 1);
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

struct Header {
  int64_t width;
  int64_t height;
  bool grey;
  bool alpha;
};

/// Reads everything before the pixels. No destructors: see emit() in png_write.cpp.
bool read_header(png_structp png, png_infop info, Header& header) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);  // ours are checked next, in pixels
  // Only what the pixels need; colour profiles and texts would be inflated for nothing.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_AS_DEFAULT,
                              reinterpret_cast<png_const_bytep>("tRNS"), 1);
  png_read_info(png, info);
  header.width = png_get_image_width(png, info);
  header.height = png_get_image_height(png, info);
  header.grey = (png_get_color_type(png, info) & PNG_COLOR_MASK_COLOR) == 0;
  header.alpha = (png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) != 0 ||
                 png_get_valid(png, info, PNG_INFO_tRNS) != 0;
  return true;
}

/// Reads the pixels as RGB or RGBA.
bool read_pixels(png_structp png, png_infop info, const Header& header, Picture& picture) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_scale_16(png);
  png_set_expand(png);
  if (header.grey) png_set_gray_to_rgb(png);
  const int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != static_cast<size_t>(picture.width * picture.channels)) {
    png_error(png, "rows of an unexpected length");
  }
  for (int pass = 0; pass < passes; ++pass) {
    for (int64_t y = 0; y < picture.height; ++y) png_read_row(png, picture.row(y), nullptr);
  }
  png_read_end(png, nullptr);
  return true;
}

/// Owns libpng's two structures; they refer to `source`.
class Decoder {
 public:
  explicit Decoder(Source& source)
      : png_(png_create_read_struct(PNG_LIBPNG_VER_STRING, &source, note_problem, ignore_warning)),
        info_(png_ == nullptr ? nullptr : png_create_info_struct(png_)) {
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw std::bad_alloc();
    }
    png_set_read_fn(png_, &source, take_bytes);
  }
  ~Decoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;

  png_structp png() { return png_; }
  png_infop info() { return info_; }

 private:
  png_structp png_;
  png_infop info_;
};

Error damaged(const Source& source) {
  return Error("image.damaged", fmt::format("the PNG is damaged near byte {} of {}: {}", source.at,
                                            source.bytes.size(), source.problem));
}

}  // namespace

Picture decode_png(std::span<const std::byte> bytes, const PngLimits& limits) {
  require_png_signature(bytes);
  Source source{bytes};
  Decoder decoder(source);
  Header header{};
  if (!read_header(decoder.png(), decoder.info(), header)) throw damaged(source);
  require_size(header.width, header.height, limits);
  Picture picture = Picture::blank(header.width, header.height, header.alpha ? 4 : 3);
  if (!read_pixels(decoder.png(), decoder.info(), header, picture)) throw damaged(source);
  return picture;
}

Picture read_png(const std::filesystem::path& path, const PngLimits& limits) {
  const std::string bytes = read_file(path, limits.file_bytes);
  return with_where(path.string(),
                    [&] { return decode_png(std::as_bytes(std::span(bytes)), limits); });
}

}  // namespace newbie::image
