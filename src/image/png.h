#pragma once
/// PNG files and the texts inside them. What is written is the same bytes for the same picture and
/// texts; what is read may be hostile.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "image/image.h"

namespace newbie::image {

/// Keyword to UTF-8 text. Ours are `newbie` (the recipe, JSON) and `parameters` (A1111 style).
using PngMetadata = std::map<std::string, std::string>;

/// Refuses files before they cost memory.
struct PngLimits {
  uint64_t file_bytes = uint64_t{256} << 20;
  int64_t pixels = int64_t{64} << 20;        ///< 8192 x 8192
  int64_t side = int64_t{1} << 18;           ///< a row is held several times while it is read
  uint64_t text_bytes = uint64_t{16} << 20;  ///< all texts of a file together, inflated
};

/// What a file is worth: pictures that are kept are made small, those that are looked at once soon.
enum class PngEffort { small, quick };

/// Grey, RGB or RGBA with texts: an ASCII `parameters` as tEXt, where other tools look for it,
/// everything else as uncompressed iTXt. No time, no gamma: nothing that differs between two runs.
/// Errors: `image.wrong_size`; `image.bad_text` (keyword or text that PNG cannot hold).
std::string encode_png(const Picture& picture, const PngMetadata& metadata = {},
                       PngEffort effort = PngEffort::small);

/// Writes atomically: the old file or the whole new one. Errors: as encode_png and AtomicFile.
void write_png(const std::filesystem::path& path, const Picture& picture,
               const PngMetadata& metadata = {});

/// Any PNG (palette, grey, 16 bits, interlaced) as RGB, or RGBA when it has transparency.
/// Errors: `image.not_png`, `image.damaged`, `image.too_large`.
Picture decode_png(std::span<const std::byte> bytes, const PngLimits& limits = {});
Picture read_png(const std::filesystem::path& path, const PngLimits& limits = {});

/// The tEXt, zTXt and iTXt texts as UTF-8; of several with one keyword the first. Pixels are not
/// decoded. Errors: as decode_png.
PngMetadata decode_png_metadata(std::span<const std::byte> bytes, const PngLimits& limits = {});
PngMetadata read_png_metadata(const std::filesystem::path& path, const PngLimits& limits = {});

/// Throws `image.not_png`, saying what the bytes are when they are another known format.
void require_png_signature(std::span<const std::byte> bytes);

}  // namespace newbie::image
