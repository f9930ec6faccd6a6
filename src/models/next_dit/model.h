#pragma once
/// Next-DiT with pooled text: the transformer of NewBie-image and, without it, of Lumina-Image 2.0.
///
/// Letters: B images, T caption tokens of all images, N image tokens, S = T + N joint rows, D
/// width, M modulation width, C latent channels, h w latent size.

#include <map>
#include <optional>
#include <vector>

#include "models/next_dit/config.h"
#include "nn/linear.h"
#include "nn/norm.h"
#include "nn/observer.h"
#include "ops/attention.h"
#include "ops/reduce.h"
#include "ops/rope.h"

namespace newbie::next_dit {

using nn::Observer;
using ops::Packing;

/// What one attention compares: for whoever asks where a picture looks.
struct AttentionView {
  int64_t layer;    ///< index among the joint layers
  const Tensor& q;  ///< [S,H,E], after norm and rotation
  const Tensor& k;  ///< [S,K,E]
  const Packing& sequences;
  const ops::AttentionOptions& options;
};
using AttentionObserver = std::function<void(const AttentionView&)>;

/// What one pass over the blocks is told besides its input.
struct BlockRun {
  const ops::RopeTable& rope;
  const Packing& sequences;
  const std::vector<Tensor>& attention_bias;
  const Observer& observer;
  const AttentionObserver* on_attention = nullptr;  ///< null or empty: nobody looks
  int64_t layer = 0;
};

/// q, k, v in one product; q/k norm over each head; rotary positions; grouped heads.
class Attention {
 public:
  Attention(const Config& config, const nn::WeightScope& scope);
  /// x [S,D] -> [S,D]
  Tensor operator()(const ops::LinearInput& x, const BlockRun& run) const;
  ops::RowFormat takes() const { return qkv_.takes(); }

 private:
  nn::Linear qkv_;
  nn::Linear out_;
  Tensor q_norm_;  // [E]
  Tensor k_norm_;
  int64_t heads_;
  int64_t kv_heads_;
  float eps_;
  float scale_;
};

/// w2(silu(w1 x) * w3 x)
class FeedForward {
 public:
  FeedForward(const Config& config, const nn::WeightScope& scope);
  Tensor operator()(const ops::LinearInput& x) const {
    return w2_(nn::gated(w1_, w3_, x, ops::Activation::silu, w2_.takes()));
  }
  ops::RowFormat takes() const { return w1_.takes(); }

 private:
  nn::Linear w1_;
  nn::Linear w2_;
  nn::Linear w3_;
};

/// Sandwich block of the context refiner: no modulation, no gates. x [T,D] -> [T,D]
class TextBlock {
 public:
  TextBlock(const Config& config, const nn::WeightScope& scope);
  Tensor operator()(const Tensor& x, const BlockRun& run) const;

 private:
  nn::RMSNorm attention_norm1_, attention_norm2_, ffn_norm1_, ffn_norm2_;
  Attention attention_;
  FeedForward feed_forward_;
  std::string path_;
};

/// What flows between modulated parts: x, or a sum that is left to the norm of the part that
/// follows, which adds it up on its way through memory.
class Residual {
 public:
  Residual() = default;
  Residual(Tensor x) : x_(std::move(x)) {}
  /// x + tanh(gate) * norm(branch). The norm must outlive this.
  Residual(Tensor x, Tensor branch, const nn::RMSNorm& norm, Tensor gate)
      : x_(std::move(x)), branch_(std::move(branch)), norm_(&norm), gate_(std::move(gate)) {}

  Tensor sum(const Packing& sequences) const;
  /// The sum, and norm(sum) * (1 + scale).
  ops::SumAndNorm normed(const nn::RMSNorm& norm, const Tensor& scale, const Packing& sequences,
                         ops::RowFormat format) const;

 private:
  Tensor x_, branch_;
  const nn::RMSNorm* norm_ = nullptr;
  Tensor gate_;
};

/// Modulated sandwich block of the noise refiner and the main layers. x [S,D], silu(c) [B,M] ->
/// [S,D]
class JointBlock {
 public:
  JointBlock(const Config& config, const nn::WeightScope& scope);
  Residual operator()(Residual in, const Tensor& silu_c, const BlockRun& run) const;
  const std::string& path() const { return path_; }

 private:
  nn::RMSNorm attention_norm1_, attention_norm2_, ffn_norm1_, ffn_norm2_;
  Attention attention_;
  FeedForward feed_forward_;
  nn::Linear adaLN_modulation_;
  std::string path_;
  std::shared_ptr<StreamedWeights> stream_;  // null when the weights stay on the device
  size_t place_;                             // in the stream
};

/// Time, and pooled text when there is any, as the vector that modulates every block. -> [B,M]
class Conditioning {
 public:
  Conditioning(const Config& config, const nn::WeightScope& scope);
  /// t: one time per image; pooled [B, clip_text_dim] or undefined.
  Tensor operator()(const std::vector<float>& t, const Tensor& pooled, DType dtype,
                    const Device& device, const Observer& observer) const;

 private:
  nn::Linear t_embedder_0_, t_embedder_2_;
  struct PooledText {
    nn::RMSNorm norm;
    nn::Linear proj;
    nn::Linear time_text_embed;
  };
  std::optional<PooledText> pooled_text_;
};

/// f16 ends at 65504. Watches the blocks of a pass that computes in it; a block that overflows is
/// run in bf16 from then on, and hands on f16 where that holds what it gives. One run of a sampler
/// keeps one guard.
class HalfGuard {
 public:
  /// Told the path of each block that is run in bf16 from now on.
  std::function<void(std::string_view path)> on_retry;

  /// block(x), in f16 as long as that holds it. Type of x: f16, or bf16 behind a block whose result
  /// f16 cannot hold.
  Tensor run(const JointBlock& block, const Tensor& x, const Tensor& silu_c, const BlockRun& run);
  /// After a pass, once: whether it stands. Else a block was named and the pass must be run again.
  bool stands();

 private:
  enum class Precision : uint8_t { f16, bf16_inside, bf16 };
  struct Check {
    const JointBlock* block;
    ops::FiniteCheck result;
  };

  std::map<const JointBlock*, Precision> precision_;
  std::vector<Check> checks_;  // of this pass, in order
};

/// Sizes and positions of one forward pass; depends on shapes only, so a sampler makes it once.
struct Layout {
  std::vector<Shape> latents;  ///< [C,h,w] per image
  Packing captions;            ///< rows of the caption features
  Packing images;              ///< rows of the image tokens
  Packing joint;               ///< caption then image tokens of each image
  ops::RopeTable caption_rope, image_rope, joint_rope;
};

/// A caption after `cap_embedder` and the context refiner: it does not depend on time, so a prompt
/// pays for it once.
struct RefinedCaption {
  Tensor features;  ///< [T,D], packed
  Packing packing;
};

/// Looks at what one main layer adds up to, between two blocks: those keep their fused ways.
struct LayerTap {
  int64_t layer = 0;
  std::function<void(const Tensor& x)> see;
};

/// Inputs of one velocity evaluation. Images may differ in size and caption length.
struct Input {
  const std::vector<Tensor>& latents;  ///< B of [C,h,w], any floating type
  const std::vector<float>& t;         ///< B times: 0 noise, 1 image
  const RefinedCaption& caption;
  const Tensor& pooled;  ///< [B, clip_text_dim] or undefined
  const Layout& layout;
  /// Added to the attention scores of the main layers only, per image; empty for none.
  const std::vector<Tensor>& attention_bias;
  /// Told after each block how many of all are done; may be empty.
  const std::function<void(int64_t done, int64_t total)>& on_block = {};
  /// Told the queries and keys of every main layer; null for nobody. It changes nothing.
  const AttentionObserver* on_attention = nullptr;
  /// Watches over blocks that compute in f16; null for nobody.
  HalfGuard* guard = nullptr;
  /// While gradients are recorded: blocks keep their inputs alone and run again on the way back.
  /// The network must outlive that.
  bool recompute = false;
  /// Patches of all images [N, p*p*C], instead of latents, which are empty then: a batch of
  /// hundreds is not taken apart. Only for velocity_patches.
  Tensor patches = {};
  /// Null for nobody. What it is handed carries gradients back.
  const LayerTap* tap = nullptr;
};

/// Source: NewBie-image-Exp0.1 models/model.py (NextDiT_CLIP); model specification 3 and 4.
class NextDiT {
 public:
  NextDiT(const Config& config, const nn::WeightScope& scope);

  /// features [T, cap_feat_dim], rows packed by caption.
  RefinedCaption refine_caption(const Tensor& features, const Packing& captions,
                                const Observer& observer = {}) const;
  Layout layout(const std::vector<Shape>& latents, const Packing& captions) const;

  /// Velocity (image minus noise) per image, f32 [C,h,w].
  std::vector<Tensor> operator()(const Input& input, const Observer& observer = {}) const;

  /// The same as patches [N, p*p*C] of all images, f32, from `input.patches`.
  Tensor velocity_patches(const Input& input, const Observer& observer = {}) const;

  const Config& config() const { return config_; }

 private:
  Tensor embed(const Input& input, const Observer& observer) const;
  Tensor join(const Input& input, const Tensor& image, const Observer& observer) const;
  std::vector<Tensor> split(const Tensor& x, const Layout& at) const;
  /// Of all joint rows.
  Tensor run(const Input& input, const Observer& observer) const;
  std::vector<Tensor> pass(const Input& input, const Observer& observer) const;
  Residual run_block(const JointBlock& block, Residual x, const Tensor& silu_c, const Input& input,
                     const BlockRun& run) const;
  Tensor final_layer(const Tensor& x, const Tensor& silu_c, const Packing& sequences) const;

  Config config_;
  Device device_;
  DType compute_;
  nn::Linear x_embedder_;
  Conditioning conditioning_;
  nn::RMSNorm cap_norm_;
  nn::Linear cap_embedder_;
  std::vector<TextBlock> context_refiner_;
  std::vector<JointBlock> noise_refiner_;
  std::vector<JointBlock> layers_;
  nn::Linear final_modulation_;
  nn::Linear final_linear_;
};

}  // namespace newbie::next_dit
