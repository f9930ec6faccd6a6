#include <fmt/format.h>
#include <webp/decode.h>

#include "base/error.h"
#include "image/picture_file.h"
#include "image/picture_limits.h"

namespace newbie::image {
namespace {

Error damaged(std::string_view why) {
  return Error("image.damaged", fmt::format("the WebP is damaged: {}", why));
}

}  // namespace

Picture decode_webp(std::span<const std::byte> bytes, const PngLimits& limits) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data, bytes.size(), &features) != VP8_STATUS_OK) {
    throw damaged("its header makes no sense");
  }
  if (features.has_animation) {
    throw Error("image.animated", "the WebP is an animation, not a picture");
  }
  require_size(features.width, features.height, limits);
  const int channels = features.has_alpha ? 4 : 3;
  Picture picture = Picture::blank(features.width, features.height, channels);
  const auto stride = static_cast<int>(picture.width * channels);
  const auto decode = features.has_alpha ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (!decode(data, bytes.size(), picture.pixels.data(), picture.pixels.size(), stride)) {
    throw damaged("its pixels end too early or make no sense");
  }
  return picture;
}

}  // namespace newbie::image
