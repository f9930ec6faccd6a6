#pragma once
/// Pictures to latents and back.

#include <array>
#include <vector>

#include "image/image.h"
#include "models/flux_vae/model.h"

namespace newbie::pipeline {

/// Latent [1,C,h,w] f32 of a picture: the mean of the posterior, scaled and shifted. The picture
/// must have the size that is wanted.
Tensor latent_of(const flux_vae::FluxVae& vae, const image::Picture& picture, const Device& device,
                 const flux_vae::Tiling& tiling);

/// Decodes each image of a batch [B,C,h,w], one at a time.
image::Picture picture_of(const flux_vae::FluxVae& vae, const Tensor& latent,
                          image::Rounding rounding, const flux_vae::Tiling& tiling);

/// Mask for inpainting [1,C,h,w]: 1 paints, 0 keeps; the average brightness below each latent cell.
Tensor mask_of(const image::Picture& mask, const Shape& latent, const Device& device);

/// A linear look at latents: the mean colour that each latent channel adds. Made by decoding one
/// flat patch per channel, so it fits any VAE.
class LatentColours {
 public:
  LatentColours(const flux_vae::FluxVae& vae, const Device& device);
  /// One pixel per latent cell. latent [C,h,w] f32.
  image::Picture operator()(const Tensor& latent) const;

 private:
  std::array<float, 3> base_{};
  std::vector<std::array<float, 3>> per_channel_;
};

}  // namespace newbie::pipeline
