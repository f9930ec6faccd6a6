#include "models/flux_vae/model.h"

#include <algorithm>
#include <cmath>

#include "ops/attention.h"
#include "ops/shape.h"

namespace newbie::flux_vae {
namespace {

constexpr auto kSilu = ops::Activation::silu;

std::vector<ResnetBlock> resnets(const Config& config, const nn::WeightScope& scope, int64_t count,
                                 int64_t in, int64_t out) {
  std::vector<ResnetBlock> built;
  for (int64_t j = 0; j < count; ++j) built.emplace_back(config, scope / j, j == 0 ? in : out, out);
  return built;
}

/// Side of a tile in latent pixels: a multiple of 4, so that overlaps of a quarter are whole.
int64_t latent_tile(const Tiling& tiling, int64_t factor) {
  return tiling.tile_pixels == 0 ? 0 : std::max<int64_t>(4, tiling.tile_pixels / factor / 4 * 4);
}

}  // namespace

ResnetBlock::ResnetBlock(const Config& config, const nn::WeightScope& scope, int64_t in,
                         int64_t out)
    : norm1_(scope / "norm1", in, config.norm_num_groups, config.norm_eps),
      conv1_(scope / "conv1", in, out, 3),
      norm2_(scope / "norm2", out, config.norm_num_groups, config.norm_eps),
      conv2_(scope / "conv2", out, out, 3) {
  if (in != out) conv_shortcut_.emplace(scope / "conv_shortcut", in, out, 1);
}

Tensor ResnetBlock::operator()(const Tensor& x) const {
  Tensor h = conv1_(norm1_(x, kSilu));
  h = norm2_(h, kSilu);  // at the widest stage one image less is a third of the peak
  return conv2_(h, conv_shortcut_ ? (*conv_shortcut_)(x) : x);
}

AttentionBlock::AttentionBlock(const Config& config, const nn::WeightScope& scope, int64_t channels)
    : group_norm_(scope / "group_norm", channels, config.norm_num_groups, config.norm_eps),
      to_q_(scope / "to_q", channels, channels, nn::Bias::learned),
      to_k_(scope / "to_k", channels, channels, nn::Bias::learned),
      to_v_(scope / "to_v", channels, channels, nn::Bias::learned),
      to_out_(scope / "to_out" / 0, channels, channels, nn::Bias::learned) {}

Tensor AttentionBlock::operator()(const Tensor& x) const {
  const int64_t positions = x.dim(1) * x.dim(2), channels = x.dim(3);
  const Tensor h = group_norm_(x, ops::Activation::none).view({-1, channels});
  const auto one_head = [&](const Tensor& rows) { return rows.view({-1, 1, channels}); };
  const auto images =
      ops::Packing::of_lengths(std::vector<int64_t>(static_cast<size_t>(x.dim(0)), positions));
  const Tensor a =
      ops::attention(one_head(to_q_(h)), one_head(to_k_(h)), one_head(to_v_(h)), images,
                     {.scale = 1.0f / std::sqrt(static_cast<float>(channels)), .bias = {}});
  return ops::add(x, to_out_(a).view(x.shape()));
}

MidBlock::MidBlock(const Config& config, const nn::WeightScope& scope, int64_t channels)
    : resnet_0_(config, scope / "resnets.0", channels, channels),
      resnet_1_(config, scope / "resnets.1", channels, channels),
      path_(scope.path()) {
  if (config.mid_block_add_attention) attention_.emplace(config, scope / "attentions.0", channels);
}

Tensor MidBlock::operator()(const Tensor& x, const nn::Observer& observer) const {
  Tensor h = resnet_0_(x);
  if (observer) observer(path_ + ".resnets.0", h);
  if (attention_) {
    h = (*attention_)(h);
    if (observer) observer(path_ + ".attentions.0", h);
  }
  h = resnet_1_(h);
  nn::observe(observer, path_, h);
  return h;
}

Encoder::Encoder(const Config& config, const nn::WeightScope& scope)
    : conv_in_(scope / "encoder.conv_in", config.in_channels, config.block_out_channels.front(), 3),
      mid_block_(config, scope / "encoder.mid_block", config.block_out_channels.back()),
      conv_norm_out_(scope / "encoder.conv_norm_out", config.block_out_channels.back(),
                     config.norm_num_groups, config.norm_eps),
      conv_out_(scope / "encoder.conv_out", config.block_out_channels.back(),
                2 * config.latent_channels, 3) {
  const auto& widths = config.block_out_channels;
  for (size_t i = 0; i < widths.size(); ++i) {
    const auto at = scope / "encoder.down_blocks" / static_cast<int64_t>(i);
    Stage stage{resnets(config, at / "resnets", config.layers_per_block, widths[i == 0 ? 0 : i - 1],
                        widths[i]),
                {},
                at.path()};
    if (i + 1 < widths.size()) {
      // Upstream pads one row below and one column to the right, then strides without padding.
      stage.resample.emplace(at / "downsamplers.0.conv", widths[i], widths[i], 3,
                             ops::ConvGeometry{.stride = 2, .bottom = 1, .right = 1});
    }
    down_blocks_.push_back(std::move(stage));
  }
  if (config.use_quant_conv) {
    quant_conv_.emplace(scope / "quant_conv", 2 * config.latent_channels,
                        2 * config.latent_channels, 1);
  }
}

Tensor Encoder::operator()(const Tensor& picture, const nn::Observer& observer) const {
  Tensor x = conv_in_(picture);
  nn::observe(observer, "encoder.conv_in", x);
  for (const Stage& stage : down_blocks_) {
    for (const ResnetBlock& resnet : stage.resnets) x = resnet(x);
    if (stage.resample) x = (*stage.resample)(x);
    nn::observe(observer, stage.path, x);
  }
  x = mid_block_(x, observer);
  x = conv_out_(conv_norm_out_(x, kSilu));
  nn::observe(observer, "encoder.conv_out", x);
  return quant_conv_ ? (*quant_conv_)(x) : x;
}

Decoder::Decoder(const Config& config, const nn::WeightScope& scope)
    : conv_in_(scope / "decoder.conv_in", config.latent_channels, config.block_out_channels.back(),
               3),
      mid_block_(config, scope / "decoder.mid_block", config.block_out_channels.back()),
      conv_norm_out_(scope / "decoder.conv_norm_out", config.block_out_channels.front(),
                     config.norm_num_groups, config.norm_eps),
      conv_out_(scope / "decoder.conv_out", config.block_out_channels.front(), config.out_channels,
                3) {
  const std::vector<int64_t> widths(config.block_out_channels.rbegin(),
                                    config.block_out_channels.rend());
  for (size_t i = 0; i < widths.size(); ++i) {
    const auto at = scope / "decoder.up_blocks" / static_cast<int64_t>(i);
    Stage stage{resnets(config, at / "resnets", config.layers_per_block + 1,
                        widths[i == 0 ? 0 : i - 1], widths[i]),
                {},
                at.path()};
    if (i + 1 < widths.size())
      stage.resample.emplace(at / "upsamplers.0.conv", widths[i], widths[i], 3);
    up_blocks_.push_back(std::move(stage));
  }
  if (config.use_post_quant_conv) {
    post_quant_conv_.emplace(scope / "post_quant_conv", config.latent_channels,
                             config.latent_channels, 1);
  }
}

Tensor Decoder::operator()(const Tensor& z, const nn::Observer& observer) const {
  Tensor x = conv_in_(post_quant_conv_ ? (*post_quant_conv_)(z) : z);
  nn::observe(observer, "decoder.conv_in", x);
  x = mid_block_(x, observer);
  for (const Stage& stage : up_blocks_) {
    for (const ResnetBlock& resnet : stage.resnets) x = resnet(x);
    if (stage.resample) x = (*stage.resample)(ops::upsample_nearest_2x(x));
    nn::observe(observer, stage.path, x);
  }
  return conv_out_(conv_norm_out_(x, kSilu));
}

FluxVae::FluxVae(const Config& config, const nn::WeightScope& scope, Parts parts)
    : config_(config), compute_(scope.use().compute) {
  if (parts.encoder) encoder_.emplace(config, scope);
  if (parts.decoder) decoder_.emplace(config, scope);
}

Tensor FluxVae::decode(const Tensor& latent, const Tiling& tiling,
                       const nn::Observer& observer) const {
  check(decoder_.has_value(), "this VAE was loaded without its decoder");
  const Tensor z = ops::cast(ops::affine(ops::cast(latent, DType::f32),
                                         1.0f / config_.scaling_factor, config_.shift_factor),
                             compute_);
  const Tensor x = ops::to_channels_last(z);
  const int64_t factor = config_.downscale(), tile = latent_tile(tiling, factor);
  const bool tiled = tile > 0 && (x.dim(1) > tile || x.dim(2) > tile);
  const Tensor picture =
      tiled ? run_tiled(x, tile, tiling.overlap, factor, 1,
                        [&](const Tensor& part) { return (*decoder_)(part, observer); })
            : (*decoder_)(x, observer);
  return ops::cast(ops::to_channels_first(picture), DType::f32);
}

Posterior FluxVae::encode(const Tensor& picture, const Tiling& tiling,
                          const nn::Observer& observer) const {
  check(encoder_.has_value(), "this VAE was loaded without its encoder");
  const Tensor x = ops::to_channels_last(ops::cast(picture, compute_));
  const int64_t factor = config_.downscale(), tile = latent_tile(tiling, factor) * factor;
  const bool tiled = tile > 0 && (x.dim(1) > tile || x.dim(2) > tile);
  const Tensor moments =
      ops::cast(tiled ? run_tiled(x, tile, tiling.overlap, 1, factor,
                                  [&](const Tensor& part) { return (*encoder_)(part, observer); })
                      : (*encoder_)(x, observer),
                DType::f32);
  const auto halves =
      ops::split_columns(moments, {config_.latent_channels, config_.latent_channels});
  return {ops::to_channels_first(halves[0]),
          ops::clamp(ops::to_channels_first(halves[1]), -30.0f, 20.0f)};
}

Tensor FluxVae::to_latent(const Tensor& z) const {
  const float scale = config_.scaling_factor;
  return ops::affine(z, scale, -config_.shift_factor * scale);
}

}  // namespace newbie::flux_vae
