#include <cmath>

#include "models/next_dit/model.h"
#include "ops/shape.h"

namespace newbie::next_dit {
namespace {

Tensor head_norm_weight(const nn::WeightScope& scope, int64_t width, float eps) {
  return nn::RMSNorm(scope, width, eps).weight;
}

}  // namespace

Attention::Attention(const Config& config, const nn::WeightScope& scope)
    : qkv_(scope / "qkv", config.dim, (config.n_heads + 2 * config.n_kv_heads) * config.head_dim(),
           nn::Bias::none),
      out_(scope / "out", config.n_heads * config.head_dim(), config.dim, nn::Bias::none),
      heads_(config.n_heads),
      kv_heads_(config.n_kv_heads),
      eps_(config.qk_norm_eps),
      scale_(1.0f / std::sqrt(static_cast<float>(config.head_dim()))) {
  if (config.qk_norm) {
    q_norm_ = head_norm_weight(scope / "q_norm", config.head_dim(), eps_);
    k_norm_ = head_norm_weight(scope / "k_norm", config.head_dim(), eps_);
  }
}

Tensor Attention::operator()(const ops::LinearInput& x, const BlockRun& run) const {
  constexpr auto kLayout = ops::RopeLayout::interleaved;
  const Tensor qkv = qkv_(x);
  ops::Heads heads;
  if (q_norm_.defined()) {
    heads = ops::split_heads_norm_rope(qkv, heads_, kv_heads_, q_norm_, k_norm_, eps_, run.rope,
                                       kLayout);
  } else {
    heads = ops::split_heads(qkv, heads_, kv_heads_);
    heads.q = ops::rope(heads.q, run.rope, kLayout);
    heads.k = ops::rope(heads.k, run.rope, kLayout);
  }
  const ops::AttentionOptions options{.scale = scale_, .bias = run.attention_bias};
  if (run.on_attention && *run.on_attention) {
    (*run.on_attention)({run.layer, heads.q, heads.k, run.sequences, options});
  }
  return out_(ops::attention(heads.q, heads.k, heads.v, run.sequences, options));
}

FeedForward::FeedForward(const Config& config, const nn::WeightScope& scope)
    : w1_(scope / "w1", config.dim, config.ffn_dim(), nn::Bias::none),
      w2_(scope / "w2", config.ffn_dim(), config.dim, nn::Bias::none),
      w3_(scope / "w3", config.dim, config.ffn_dim(), nn::Bias::none) {}

TextBlock::TextBlock(const Config& config, const nn::WeightScope& scope)
    : attention_norm1_(scope / "attention_norm1", config.dim, config.norm_eps),
      attention_norm2_(scope / "attention_norm2", config.dim, config.norm_eps),
      ffn_norm1_(scope / "ffn_norm1", config.dim, config.norm_eps),
      ffn_norm2_(scope / "ffn_norm2", config.dim, config.norm_eps),
      attention_(config, scope / "attention"),
      feed_forward_(config, scope / "feed_forward"),
      path_(scope.path()) {}

Tensor TextBlock::operator()(const Tensor& x, const BlockRun& run) const {
  const Tensor a = attention_(attention_norm1_(x), run);
  const Tensor y = ops::add_rms_norm(x, a, attention_norm2_.weight, attention_norm2_.eps);
  const Tensor f = feed_forward_(ffn_norm1_(y));
  Tensor out = ops::add_rms_norm(y, f, ffn_norm2_.weight, ffn_norm2_.eps);
  nn::observe(run.observer, path_, out);
  return out;
}

Tensor Residual::sum(const Packing& sequences) const {
  if (!norm_) return x_;
  return ops::add_gated_rms_norm(x_, branch_, norm_->weight, norm_->eps, gate_, sequences);
}

ops::SumAndNorm Residual::normed(const nn::RMSNorm& norm, const Tensor& scale,
                                 const Packing& sequences, ops::RowFormat format) const {
  if (!norm_) {
    return {x_, ops::rms_norm_modulate(x_, norm.weight, norm.eps, scale, sequences, format)};
  }
  return ops::add_gated_rms_norm_modulate(x_, branch_, {norm_->weight, norm_->eps, gate_},
                                          {norm.weight, norm.eps, scale}, sequences, format);
}

JointBlock::JointBlock(const Config& config, const nn::WeightScope& scope)
    : attention_norm1_(scope / "attention_norm1", config.dim, config.norm_eps),
      attention_norm2_(scope / "attention_norm2", config.dim, config.norm_eps),
      ffn_norm1_(scope / "ffn_norm1", config.dim, config.norm_eps),
      ffn_norm2_(scope / "ffn_norm2", config.dim, config.norm_eps),
      attention_(config, scope / "attention"),
      feed_forward_(config, scope / "feed_forward"),
      adaLN_modulation_((scope / "adaLN_modulation" / 1).precise(), config.modulation_dim(),
                        4 * config.dim, nn::Bias::learned),
      path_(scope.path()),
      stream_(scope.use().stream),
      place_(stream_ ? stream_->blocks() : 0) {}

Residual JointBlock::operator()(Residual in, const Tensor& silu_c, const BlockRun& run) const {
  if (stream_) stream_->hold(place_);
  const auto watch = [&](std::string_view part, const auto& value) {
    if (run.observer) run.observer(fmt::format("{}/{}", path_, part), value());
  };
  const Tensor modulation = adaLN_modulation_(silu_c);
  watch("adaLN_modulation", [&] { return modulation; });
  const int64_t width = modulation.dim(-1) / 4;
  const auto chunks = ops::split_columns(modulation, {width, width, width, width});
  const Tensor &scale_msa = chunks[0], &gate_msa = chunks[1], &scale_mlp = chunks[2],
               &gate_mlp = chunks[3];

  // What is no longer read is let go: a part needs the memory that the part before it had.
  Residual middle;
  {
    const auto [x, h] = in.normed(attention_norm1_, scale_msa, run.sequences, attention_.takes());
    in = {};
    watch("attention_norm1", [&, &sum = x] { return attention_norm1_(sum); });
    const Tensor a = attention_(h, run);
    watch("attention", [&] { return a; });
    middle = Residual(x, a, attention_norm2_, gate_msa);
  }
  const auto [y, h] = middle.normed(ffn_norm1_, scale_mlp, run.sequences, feed_forward_.takes());
  middle = {};
  const Tensor f = feed_forward_(h);
  watch("feed_forward", [&] { return f; });
  const Residual out(y, f, ffn_norm2_, gate_mlp);
  // Streamed norms leave with their block.
  if (!stream_ && !run.observer) return out;
  const Tensor sum = out.sum(run.sequences);
  nn::observe(run.observer, path_, sum);
  return sum;
}

}  // namespace newbie::next_dit
