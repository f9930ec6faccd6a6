#pragma once
/// The FLUX autoencoder: pictures to 8x smaller latents and back. Inside, images are channels last
/// [B,h,w,C].

#include <optional>
#include <vector>

#include "models/flux_vae/config.h"
#include "models/flux_vae/tiling.h"
#include "nn/conv.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/observer.h"

namespace newbie::flux_vae {

/// y = shortcut(x) + conv2(silu(norm2(conv1(silu(norm1(x))))))
class ResnetBlock {
 public:
  ResnetBlock(const Config& config, const nn::WeightScope& scope, int64_t in, int64_t out);
  Tensor operator()(const Tensor& x) const;

 private:
  nn::GroupNorm norm1_;
  nn::Conv2d conv1_;
  nn::GroupNorm norm2_;
  nn::Conv2d conv2_;
  std::optional<nn::Conv2d> conv_shortcut_;
};

/// Single-head attention over all positions of an image.
class AttentionBlock {
 public:
  AttentionBlock(const Config& config, const nn::WeightScope& scope, int64_t channels);
  Tensor operator()(const Tensor& x) const;

 private:
  nn::GroupNorm group_norm_;
  nn::Linear to_q_, to_k_, to_v_, to_out_;
};

/// resnet, attention (when the config has it), resnet
class MidBlock {
 public:
  MidBlock(const Config& config, const nn::WeightScope& scope, int64_t channels);
  Tensor operator()(const Tensor& x, const nn::Observer& observer) const;

 private:
  ResnetBlock resnet_0_;
  std::optional<AttentionBlock> attention_;
  ResnetBlock resnet_1_;
  std::string path_;
};

/// Resnets, then a convolution that halves the size or follows its doubling.
struct Stage {
  std::vector<ResnetBlock> resnets;
  std::optional<nn::Conv2d> resample;
  std::string path;
};

/// Picture [B,H,W,3] in [-1,1] -> moments [B,H/8,W/8,2*C]: mean, then log variance before clamping.
class Encoder {
 public:
  Encoder(const Config& config, const nn::WeightScope& scope);
  Tensor operator()(const Tensor& picture, const nn::Observer& observer = {}) const;

 private:
  nn::Conv2d conv_in_;
  std::vector<Stage> down_blocks_;
  MidBlock mid_block_;
  nn::GroupNorm conv_norm_out_;
  nn::Conv2d conv_out_;
  std::optional<nn::Conv2d> quant_conv_;
};

/// z [B,h,w,C] -> picture [B,8h,8w,3], not clamped.
class Decoder {
 public:
  Decoder(const Config& config, const nn::WeightScope& scope);
  Tensor operator()(const Tensor& z, const nn::Observer& observer = {}) const;

 private:
  std::optional<nn::Conv2d> post_quant_conv_;
  nn::Conv2d conv_in_;
  MidBlock mid_block_;
  std::vector<Stage> up_blocks_;
  nn::GroupNorm conv_norm_out_;
  nn::Conv2d conv_out_;
};

/// What the encoder says about a picture. Shapes: [B,C,h,w] f32, before scale and shift.
struct Posterior {
  Tensor mean;
  Tensor logvar;  ///< clamped to [-30, 20]
};

/// Either half may be left out at load to save memory.
struct Parts {
  bool encoder = true;
  bool decoder = true;
};

/// Source: diffusers AutoencoderKL with FLUX.1 weights; model specification 11.
class FluxVae {
 public:
  FluxVae(const Config& config, const nn::WeightScope& scope, Parts parts = {});

  /// latent [B,C,h,w] (scale and shift applied) -> picture [B,3,8h,8w] f32, not clamped.
  Tensor decode(const Tensor& latent, const Tiling& tiling = {},
                const nn::Observer& observer = {}) const;

  /// picture [B,3,H,W] in [-1,1].
  Posterior encode(const Tensor& picture, const Tiling& tiling = {},
                   const nn::Observer& observer = {}) const;
  /// z [B,C,h,w] -> latent: (z - shift) * scale.
  Tensor to_latent(const Tensor& z) const;

  const Config& config() const { return config_; }
  DType compute() const { return compute_; }

 private:
  Config config_;
  DType compute_;
  std::optional<Encoder> encoder_;
  std::optional<Decoder> decoder_;
};

}  // namespace newbie::flux_vae
