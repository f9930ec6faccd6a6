#include "models/next_dit/model.h"

#include <utility>

#include "grad/recompute.h"
#include "ops/sequences.h"
#include "ops/shape.h"

namespace newbie::next_dit {
namespace {

constexpr int64_t kTimeFrequencies = 128;
constexpr float kTimeBase = 10000.0f;
constexpr float kFinalNormEps = 1e-6f;

template <class Block>
std::vector<Block> blocks(const Config& config, const nn::WeightScope& scope, int64_t count) {
  std::vector<Block> built;
  built.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) built.emplace_back(config, scope / i);
  return built;
}

/// Blocks whose weights may leave the device: each is sent off as soon as it is built.
std::vector<JointBlock> joint_blocks(const Config& config, const nn::WeightScope& scope,
                                     int64_t count) {
  StreamedWeights* stream = scope.use().stream.get();
  if (!stream) return blocks<JointBlock>(config, scope, count);
  std::vector<JointBlock> built;
  built.reserve(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    const StorageRecording recording(scope.use().device);
    built.emplace_back(config, scope / i);
    stream->add(recording.storages());
  }
  return built;
}

/// What a block is told, kept for its second run.
struct KeptRun {
  ops::RopeTable rope;
  Packing sequences;
  std::vector<Tensor> attention_bias;
};

Tensor recomputed(const JointBlock& block, const Tensor& x, const Tensor& silu_c,
                  const BlockRun& run) {
  const KeptRun kept{run.rope, run.sequences, run.attention_bias};
  return grad::recompute(
      [&block, kept](const std::vector<Tensor>& in) {
        return block(in[0], in[1], {kept.rope, kept.sequences, kept.attention_bias, {}})
            .sum(kept.sequences);
      },
      {x, silu_c});
}

}  // namespace

Conditioning::Conditioning(const Config& config, const nn::WeightScope& scope)
    : t_embedder_0_(scope / "t_embedder.mlp.0", 2 * kTimeFrequencies, config.modulation_dim(),
                    nn::Bias::learned),
      t_embedder_2_(scope / "t_embedder.mlp.2", config.modulation_dim(), config.modulation_dim(),
                    nn::Bias::learned) {
  if (config.clip_text_dim > 0) {
    const int64_t pooled = config.clip_text_dim, width = config.modulation_dim();
    pooled_text_ = PooledText{
        nn::RMSNorm(scope / "clip_text_pooled_proj.0", pooled, config.clip_norm_eps),
        nn::Linear(scope / "clip_text_pooled_proj.1", pooled, pooled, nn::Bias::learned),
        nn::Linear(scope / "time_text_embed.1", width + pooled, width, nn::Bias::learned)};
  }
}

Tensor Conditioning::operator()(const std::vector<float>& t, const Tensor& pooled, DType dtype,
                                const Device& device, const Observer& observer) const {
  // t is not scaled.
  const Tensor waves = ops::sinusoids(t, kTimeFrequencies, kTimeBase, dtype, device);
  const Tensor time = t_embedder_2_(t_embedder_0_(waves, ops::Activation::silu));
  nn::observe(observer, "t_embedder", time);
  Tensor c = time;
  if (pooled_text_ && pooled.defined()) {
    const Tensor text = pooled_text_->proj(pooled_text_->norm(ops::cast(pooled, dtype)));
    nn::observe(observer, "clip_text_pooled_proj", text);
    c = pooled_text_->time_text_embed(
        ops::activate(ops::concat_columns({time, text}), ops::Activation::silu));
  }
  nn::observe(observer, "adaln_input", c);
  return c;
}

NextDiT::NextDiT(const Config& config, const nn::WeightScope& scope)
    : config_(config),
      device_(scope.use().device),
      compute_(scope.use().compute),
      x_embedder_((scope / "x_embedder").precise(), config.patch_features(), config.dim,
                  nn::Bias::learned),
      conditioning_(config, scope.precise()),
      cap_norm_(scope / "cap_embedder.0", config.cap_feat_dim, config.norm_eps),
      cap_embedder_((scope / "cap_embedder.1").precise(), config.cap_feat_dim, config.dim,
                    nn::Bias::learned),
      context_refiner_(
          blocks<TextBlock>(config, scope / "context_refiner", config.n_refiner_layers)),
      noise_refiner_(joint_blocks(config, scope / "noise_refiner", config.n_refiner_layers)),
      layers_(joint_blocks(config, scope / "layers", config.n_layers)),
      final_modulation_((scope / "final_layer.adaLN_modulation.1").precise(),
                        config.modulation_dim(), config.dim, nn::Bias::learned),
      final_linear_((scope / "final_layer.linear").precise(), config.dim, config.patch_features(),
                    nn::Bias::learned) {}

Layout NextDiT::layout(const std::vector<Shape>& latents, const Packing& captions) const {
  check(captions.count() == static_cast<int64_t>(latents.size()), "one caption per latent");
  Layout made{.latents = latents,
              .captions = captions,
              .images = {},
              .joint = {},
              .caption_rope = {},
              .image_rope = {},
              .joint_rope = {}};
  std::vector<int32_t> caption_at, image_at, joint_at;
  for (int64_t b = 0; b < captions.count(); ++b) {
    const auto n = static_cast<int32_t>(captions.length(b));
    const Shape& latent = latents[static_cast<size_t>(b)];
    const auto rows = static_cast<int32_t>(latent[1] / config_.patch_size);
    const auto columns = static_cast<int32_t>(latent[2] / config_.patch_size);
    // Caption token i sits at (i,0,0); image token (r,c) at (n,r,c).
    for (int32_t i = 0; i < n; ++i) {
      for (auto* at : {&caption_at, &joint_at}) at->insert(at->end(), {i, 0, 0});
    }
    for (int32_t r = 0; r < rows; ++r) {
      for (int32_t c = 0; c < columns; ++c) {
        for (auto* at : {&image_at, &joint_at}) at->insert(at->end(), {n, r, c});
      }
    }
    made.images.offsets.push_back(made.images.offsets.back() + int64_t{rows} * columns);
    made.joint.offsets.push_back(made.joint.offsets.back() + n + int64_t{rows} * columns);
  }
  const auto table = [&](const std::vector<int32_t>& positions) {
    return ops::rope_axes(positions, config_.axes_dims, config_.rope_theta, device_);
  };
  made.caption_rope = table(caption_at);
  made.image_rope = table(image_at);
  made.joint_rope = table(joint_at);
  return made;
}

RefinedCaption NextDiT::refine_caption(const Tensor& features, const Packing& captions,
                                       const Observer& observer) const {
  std::vector<int32_t> positions;
  for (int64_t b = 0; b < captions.count(); ++b) {
    for (int64_t i = 0; i < captions.length(b); ++i) {
      positions.insert(positions.end(), {static_cast<int32_t>(i), 0, 0});
    }
  }
  const auto rope = ops::rope_axes(positions, config_.axes_dims, config_.rope_theta, device_);
  Tensor x = cap_embedder_(cap_norm_(ops::cast(features, compute_)));
  nn::observe(observer, "cap_embedder", x);
  for (const TextBlock& block : context_refiner_) x = block(x, {rope, captions, {}, observer});
  return {x, captions};
}

Tensor NextDiT::final_layer(const Tensor& x, const Tensor& silu_c, const Packing& sequences) const {
  const Tensor scale = final_modulation_(silu_c);
  return final_linear_(ops::layer_norm_modulate(x, kFinalNormEps, scale, sequences));
}

Residual NextDiT::run_block(const JointBlock& block, Residual x, const Tensor& silu_c,
                            const Input& input, const BlockRun& run) const {
  if (input.recompute) return recomputed(block, x.sum(run.sequences), silu_c, run);
  const bool guarded = input.guard && compute_ == DType::f16;
  return guarded ? input.guard->run(block, x.sum(run.sequences), silu_c, run)
                 : block(std::move(x), silu_c, run);
}

std::vector<Tensor> NextDiT::operator()(const Input& input, const Observer& observer) const {
  std::vector<Tensor> velocities = pass(input, observer);
  while (input.guard && !input.guard->stands()) velocities = pass(input, observer);
  return velocities;
}

Tensor NextDiT::embed(const Input& input, const Observer& observer) const {
  std::vector<Tensor> patches;
  if (input.patches.defined()) {
    patches.push_back(ops::cast(input.patches, compute_));
  } else {
    for (const Tensor& latent : input.latents) {
      patches.push_back(ops::patchify(ops::cast(latent, compute_), config_.patch_size));
    }
  }
  const Tensor x = x_embedder_(patches.size() == 1 ? patches[0] : ops::concat_rows(patches));
  nn::observe(observer, "x_embedder", x);
  return x;
}

Tensor NextDiT::join(const Input& input, const Tensor& image, const Observer& observer) const {
  const Layout& at = input.layout;
  // Behind a guarded block the image may be bf16 where the caption is f16.
  const Tensor caption = ops::cast(input.caption.features, image.dtype());
  Tensor x;
  if (input.patches.defined()) {
    x = ops::join_sequences(caption, at.captions, image, at.images);
  } else {
    std::vector<Tensor> parts;
    for (int64_t b = 0; b < at.joint.count(); ++b) {
      parts.push_back(caption.slice(at.captions.begin(b), at.captions.end(b)));
      parts.push_back(image.slice(at.images.begin(b), at.images.end(b)));
    }
    x = ops::concat_rows(parts);
  }
  nn::observe(observer, "joint_input", x);
  return x;
}

std::vector<Tensor> NextDiT::split(const Tensor& x, const Layout& at) const {
  std::vector<Tensor> velocities;
  for (int64_t b = 0; b < at.joint.count(); ++b) {
    const Shape& latent = at.latents[static_cast<size_t>(b)];
    const Tensor tokens = x.slice(at.joint.begin(b) + at.captions.length(b), at.joint.end(b));
    velocities.push_back(ops::cast(
        ops::unpatchify(tokens, config_.patch_size, latent[0], latent[1], latent[2]), DType::f32));
  }
  return velocities;
}

Tensor NextDiT::velocity_patches(const Input& input, const Observer& observer) const {
  check(input.patches.defined(), "velocity_patches wants patches");
  const Tensor y = run(input, observer);
  const auto parts = ops::part_sequences(y, input.layout.captions, input.layout.images);
  return ops::cast(parts.second, DType::f32);
}

std::vector<Tensor> NextDiT::pass(const Input& input, const Observer& observer) const {
  return split(run(input, observer), input.layout);
}

Tensor NextDiT::run(const Input& input, const Observer& observer) const {
  const Layout& at = input.layout;
  const auto total = static_cast<int64_t>(noise_refiner_.size() + layers_.size());
  auto report = [&, done = int64_t{0}]() mutable {
    if (input.on_block) input.on_block(++done, total);
  };
  const Tensor c = conditioning_(input.t, input.pooled, compute_, device_, observer);
  const Tensor silu_c = ops::activate(c, ops::Activation::silu);

  Residual image = embed(input, observer);
  for (const JointBlock& block : noise_refiner_) {
    image =
        run_block(block, std::move(image), silu_c, input, {at.image_rope, at.images, {}, observer});
    report();
  }
  Residual x = join(input, std::exchange(image, {}).sum(at.images), observer);
  for (int64_t i = 0; i < config_.n_layers; ++i) {
    x = run_block(layers_[static_cast<size_t>(i)], std::move(x), silu_c, input,
                  {at.joint_rope, at.joint, input.attention_bias, observer, input.on_attention, i});
    if (input.tap && input.tap->layer == i) {
      const Tensor sum = x.sum(at.joint);
      input.tap->see(sum);
      x = sum;
    }
    report();
  }
  const Tensor last = x.sum(at.joint);
  const Tensor y = final_layer(last, ops::cast(silu_c, last.dtype()), at.joint);
  nn::observe(observer, "final_layer", y);
  return y;
}

}  // namespace newbie::next_dit
