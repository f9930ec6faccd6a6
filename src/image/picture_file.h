#pragma once
/// Pictures from files of any known format: PNG, JPEG, WebP. What is read may be hostile.

#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "image/image.h"
#include "image/png.h"

namespace newbie::image {

enum class PictureFormat : uint8_t { png, jpeg, webp };

/// By the first bytes, never by the name.
std::optional<PictureFormat> format_of(std::span<const std::byte> bytes);
/// Whether a file with this extension may hold a picture that decode_picture reads.
bool has_picture_extension(const std::filesystem::path& path);

/// RGB, or RGBA where the file has transparency. A JPEG is turned as its camera noted.
/// Errors: `image.unknown_format`, `image.damaged`, `image.too_large`, `image.animated`.
Picture decode_picture(std::span<const std::byte> bytes, const PngLimits& limits = {});
/// Errors: as decode_picture, `file.*`.
Picture read_picture(const std::filesystem::path& path, const PngLimits& limits = {});

Picture decode_jpeg(std::span<const std::byte> bytes, const PngLimits& limits = {});
Picture decode_webp(std::span<const std::byte> bytes, const PngLimits& limits = {});

}  // namespace newbie::image
