#include "pipeline/pictures.h"

#include "image/resize.h"
#include "ops/shape.h"
#include "ops/transfer.h"

namespace newbie::pipeline {

Tensor latent_of(const flux_vae::FluxVae& vae, const image::Picture& picture, const Device& device,
                 const flux_vae::Tiling& tiling) {
  const image::Picture rgb = image::to_rgb(picture);
  const Tensor planes = Tensor::from(image::to_planes(rgb), {1, 3, rgb.height, rgb.width}, device);
  return vae.to_latent(vae.encode(planes, tiling).mean);
}

image::Picture picture_of(const flux_vae::FluxVae& vae, const Tensor& latent,
                          image::Rounding rounding, const flux_vae::Tiling& tiling) {
  const Tensor planes = ops::to_host(vae.decode(latent, tiling));
  return image::from_planes({planes.data<float>(), static_cast<size_t>(planes.numel())},
                            static_cast<int>(planes.dim(1)), planes.dim(2), planes.dim(3),
                            rounding);
}

Tensor mask_of(const image::Picture& mask, const Shape& latent, const Device& device) {
  const std::vector<float> cells = image::mask_at(mask, latent[-1], latent[-2]);
  const auto channels = static_cast<size_t>(latent[-3]);
  std::vector<float> repeated;
  for (size_t c = 0; c < channels; ++c) repeated.insert(repeated.end(), cells.begin(), cells.end());
  return Tensor::from(repeated, {1, latent[-3], latent[-2], latent[-1]}, device);
}

LatentColours::LatentColours(const flux_vae::FluxVae& vae, const Device& device) {
  constexpr int64_t kSide = 4;
  const int64_t channels = vae.config().latent_channels;
  const auto mean_colour = [&](int64_t channel) {
    std::vector<float> values(static_cast<size_t>(channels * kSide * kSide), 0.0f);
    if (channel >= 0) {
      std::fill_n(values.begin() + channel * kSide * kSide, kSide * kSide, 1.0f);
    }
    const std::vector<float> picture =
        vae.decode(Tensor::from(values, {1, channels, kSide, kSide}, device)).to_floats();
    const size_t plane = picture.size() / 3;
    std::array<float, 3> mean{};
    for (size_t i = 0; i < picture.size(); ++i)
      mean[i / plane] += picture[i] / static_cast<float>(plane);
    return mean;
  };
  base_ = mean_colour(-1);
  for (int64_t c = 0; c < channels; ++c) {
    auto colour = mean_colour(c);
    for (size_t i = 0; i < 3; ++i) colour[i] -= base_[i];
    per_channel_.push_back(colour);
  }
}

image::Picture LatentColours::operator()(const Tensor& latent) const {
  const int64_t h = latent.dim(1), w = latent.dim(2);
  const Tensor values = ops::to_host(latent);
  const float* x = values.data<float>();
  std::vector<float> planes(static_cast<size_t>(3 * h * w));
  for (size_t i = 0; i < 3; ++i) {
    float* plane = planes.data() + static_cast<int64_t>(i) * h * w;
    std::fill_n(plane, h * w, base_[i]);
    for (size_t c = 0; c < per_channel_.size(); ++c) {
      const float* cells = x + static_cast<int64_t>(c) * h * w;
      for (int64_t p = 0; p < h * w; ++p) plane[p] += cells[p] * per_channel_[c][i];
    }
  }
  return image::from_planes(planes, 3, h, w, image::Rounding::nearest);
}

}  // namespace newbie::pipeline
