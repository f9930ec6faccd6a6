#include <fmt/format.h>
#include <zlib.h>

#include <array>
#include <cstring>
#include <string_view>

#include "base/error.h"
#include "base/file.h"
#include "base/utf8.h"
#include "image/png.h"

namespace newbie::image {
namespace {

constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";
constexpr uint32_t kMaxChunk = 0x7fffffff;

struct KnownFormat {
  size_t offset;
  std::string_view magic;
  std::string_view name;
};
constexpr std::array<KnownFormat, 5> kOtherFormats{{{0, "\xff\xd8\xff", "a JPEG file"},
                                                    {8, "WEBP", "a WebP file"},
                                                    {0, "GIF8", "a GIF file"},
                                                    {0, "BM", "a BMP file"},
                                                    {4, "ftypavif", "an AVIF file"}}};

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

uint32_t big_endian(std::string_view four) {
  uint32_t value = 0;
  for (char c : four.substr(0, 4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

Error damaged(size_t offset, std::string_view why) {
  return Error("image.damaged", fmt::format("the PNG is damaged at byte {}: {}", offset, why));
}

std::string latin1_to_utf8(std::string_view text) {
  std::string out;
  for (char c : text) utf8::append(out, static_cast<unsigned char>(c));
  return out;
}

/// Invalid bytes become U+FFFD: what leaves here is always UTF-8.
std::string mended_utf8(std::string_view text) {
  return utf8::first_invalid(text) ? utf8::from_u32(utf8::to_u32(text)) : std::string(text);
}

/// The text, or nothing when the stream is broken or larger than `limit`.
std::optional<std::string> inflate_text(std::string_view packed, uint64_t limit) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  std::string out;
  char buffer[1 << 14];
  int status = Z_OK;
  while (status == Z_OK && out.size() <= limit) {
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    status = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer, sizeof buffer - stream.avail_out);
  }
  inflateEnd(&stream);
  if (status != Z_STREAM_END || out.size() > limit) return std::nullopt;
  return out;
}

/// Cuts `text` at its first NUL and returns the part before; nothing when there is no NUL.
std::optional<std::string_view> take_until_nul(std::string_view& text) {
  const size_t end = text.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(end + 1);
  return part;
}

/// What follows the keyword of an iTXt chunk: flag, method, language, translated keyword, text.
std::optional<std::string> international_text(std::string_view rest, uint64_t limit) {
  if (rest.size() < 2) return std::nullopt;
  const bool compressed = rest[0] == 1;
  if ((rest[0] != 0 && !compressed) || (compressed && rest[1] != 0)) return std::nullopt;
  rest.remove_prefix(2);
  if (!take_until_nul(rest) || !take_until_nul(rest)) return std::nullopt;
  if (!compressed) return mended_utf8(rest);
  auto text = inflate_text(rest, limit);
  return text ? std::optional(mended_utf8(*text)) : std::nullopt;
}

std::optional<std::string> chunk_text(std::string_view type, std::string_view rest,
                                      uint64_t limit) {
  if (type == "tEXt") return latin1_to_utf8(rest);
  if (type == "iTXt") return international_text(rest, limit);
  if (rest.empty() || rest[0] != 0) return std::nullopt;  // zTXt knows one method only
  auto text = inflate_text(rest.substr(1), limit);
  return text ? std::optional(latin1_to_utf8(*text)) : std::nullopt;
}

bool holds_text(std::string_view type) {
  return type == "tEXt" || type == "zTXt" || type == "iTXt";
}

}  // namespace

void require_png_signature(std::span<const std::byte> bytes) {
  const std::string_view text = as_text(bytes);
  if (text.starts_with(kSignature)) return;
  std::string_view what = text.empty() ? "empty" : "of another format";
  for (const KnownFormat& format : kOtherFormats) {
    if (text.size() > format.offset && text.substr(format.offset).starts_with(format.magic)) {
      what = format.name;
    }
  }
  throw Error("image.not_png", fmt::format("the file is {}, expected a PNG", what))
      .hint("convert the picture to PNG first");
}

PngMetadata decode_png_metadata(std::span<const std::byte> bytes, const PngLimits& limits) {
  require_png_signature(bytes);
  const std::string_view file = as_text(bytes);
  PngMetadata metadata;
  uint64_t budget = limits.text_bytes;
  for (size_t at = kSignature.size(); at < file.size();) {
    if (file.size() - at < 12) throw damaged(at, "the file ends inside a chunk");
    const uint32_t length = big_endian(file.substr(at));
    const std::string_view type = file.substr(at + 4, 4);
    if (length > kMaxChunk || length > file.size() - at - 12) {
      throw damaged(at, "a chunk is longer than the file");
    }
    if (type == "IEND") return metadata;
    std::string_view body = file.substr(at + 8, length);
    if (holds_text(type)) {
      const auto crc = crc32(0, reinterpret_cast<const Bytef*>(type.data()), length + 4);
      if (crc != big_endian(file.substr(at + 8 + length))) throw damaged(at, "wrong checksum");
      const auto keyword = take_until_nul(body);
      if (!keyword || keyword->empty()) throw damaged(at, "a text without a keyword");
      auto text = chunk_text(type, body, budget);
      if (!text) throw damaged(at, "a text that cannot be unpacked or is too long");
      if (text->size() > budget) throw damaged(at, "more text than is allowed here");
      budget -= text->size();
      metadata.try_emplace(latin1_to_utf8(*keyword), std::move(*text));
    }
    at += size_t{12} + length;
  }
  throw damaged(file.size(), "the end chunk is missing");
}

PngMetadata read_png_metadata(const std::filesystem::path& path, const PngLimits& limits) {
  const std::string bytes = read_file(path, limits.file_bytes);
  return with_where(path.string(),
                    [&] { return decode_png_metadata(std::as_bytes(std::span(bytes)), limits); });
}

}  // namespace newbie::image
