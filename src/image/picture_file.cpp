#include "image/picture_file.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/error.h"
#include "base/file.h"

namespace newbie::image {
namespace {

bool holds(std::span<const std::byte> bytes, size_t offset, std::string_view magic) {
  if (bytes.size() < offset + magic.size()) return false;
  return std::equal(
      magic.begin(), magic.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset),
      [](char expected, std::byte found) { return static_cast<std::byte>(expected) == found; });
}

}  // namespace

std::optional<PictureFormat> format_of(std::span<const std::byte> bytes) {
  if (holds(bytes, 0, "\x89PNG\r\n\x1a\n")) return PictureFormat::png;
  if (holds(bytes, 0, "\xff\xd8\xff")) return PictureFormat::jpeg;
  if (holds(bytes, 0, "RIFF") && holds(bytes, 8, "WEBP")) return PictureFormat::webp;
  return std::nullopt;
}

bool has_picture_extension(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  for (char& c : extension) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  constexpr std::array<std::string_view, 4> kKnown{".png", ".jpg", ".jpeg", ".webp"};
  return std::find(kKnown.begin(), kKnown.end(), extension) != kKnown.end();
}

Picture decode_picture(std::span<const std::byte> bytes, const PngLimits& limits) {
  const auto format = format_of(bytes);
  if (!format) {
    throw Error("image.unknown_format",
                bytes.empty() ? "the file is empty" : "the file is no PNG, JPEG or WebP picture");
  }
  switch (*format) {
    case PictureFormat::png:
      return decode_png(bytes, limits);
    case PictureFormat::jpeg:
      return decode_jpeg(bytes, limits);
    case PictureFormat::webp:
      break;
  }
  return decode_webp(bytes, limits);
}

Picture read_picture(const std::filesystem::path& path, const PngLimits& limits) {
  const std::string bytes = read_file(path, limits.file_bytes);
  return with_where(path.string(),
                    [&] { return decode_picture(std::as_bytes(std::span(bytes)), limits); });
}

}  // namespace newbie::image
