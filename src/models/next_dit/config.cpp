#include "models/next_dit/config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <numeric>

#include "models/config_check.h"

namespace newbie::next_dit {
namespace {

/// Upstream's key, or the diffusers conversion's.
std::string_view either(const io::Config& json, std::string_view ours, std::string_view theirs) {
  return !json.has(ours) && json.has(theirs) ? theirs : ours;
}

int64_t ffn_dim_of(const Config& config) {
  int64_t hidden = 4 * config.dim;
  if (config.ffn_dim_multiplier) {
    hidden = static_cast<int64_t>(*config.ffn_dim_multiplier * static_cast<double>(hidden));
  }
  return (hidden + config.multiple_of - 1) / config.multiple_of * config.multiple_of;
}

}  // namespace

int64_t Config::ffn_dim() const { return ffn_dim_of(*this); }

Config read_config(const io::Config& json) {
  const bool diffusers = json.has("hidden_size");
  Config config;
  config.patch_size = json.find_integer("patch_size").value_or(2);
  config.in_channels = json.integer("in_channels");
  config.dim = json.integer(either(json, "dim", "hidden_size"));
  config.n_heads = json.integer(either(json, "n_heads", "num_attention_heads"));
  config.n_layers = json.find_integer(either(json, "n_layers", "num_layers")).value_or(0);
  config.n_refiner_layers =
      json.find_integer(either(json, "n_refiner_layers", "num_refiner_layers"), 0).value_or(2);
  config.n_kv_heads = json.find_integer(either(json, "n_kv_heads", "num_kv_heads")).value_or(0);
  config.axes_dims = json.integers(either(json, "axes_dims", "axes_dim_rope"));
  config.axes_lens = json.integers("axes_lens");
  config.cap_feat_dim = json.find_integer("cap_feat_dim").value_or(0);
  config.clip_text_dim =
      json.find_integer(either(json, "clip_text_dim", "pooled_projection_dim"), 0).value_or(0);
  config.qk_norm = json.find_boolean("qk_norm").value_or(true);
  config.multiple_of = json.find_integer("multiple_of").value_or(256);
  config.ffn_dim_multiplier = json.find_number("ffn_dim_multiplier");
  config.norm_eps = json.find_number("norm_eps").value_or(1e-5);
  // diffusers' class fixes the query-key epsilon at 1e-5 and has no key for it.
  config.qk_norm_eps = json.find_number("qk_norm_eps").value_or(diffusers ? 1e-5 : 1e-6);
  config.clip_norm_eps = json.find_number("clip_norm_eps").value_or(1e-6);
  config.rope_theta = json.find_number("rope_theta").value_or(10000);
  return config;
}

Config complete_config(Config config, const io::WeightSet& weights) {
  ConfigCheck check(weights);
  check.size("dim", config.dim, check.axis("x_embedder.weight", 0), "x_embedder.weight");
  check.size("n_layers", config.n_layers, check.count("layers."), "the number of layers.*");
  check.size("cap_feat_dim", config.cap_feat_dim, check.axis("cap_embedder.0.weight", 0),
             "cap_embedder.0.weight");
  check.size("clip_text_dim", config.clip_text_dim, check.axis("clip_text_pooled_proj.0.weight", 0),
             "clip_text_pooled_proj.0.weight");
  if (config.n_refiner_layers > 0) {
    check.size("n_refiner_layers", config.n_refiner_layers, check.count("context_refiner."),
               "the number of context_refiner.*");
  }
  const auto patch = check.axis("x_embedder.weight", 1);
  const int64_t area = config.patch_size * config.patch_size;
  if (patch && area > 0 && *patch % area == 0) {
    check.size("in_channels", config.in_channels, *patch / area, "x_embedder.weight");
  }
  // q_norm tells the head width and with it the head counts; without it n_heads must be given.
  const auto head = check.axis("layers.0.attention.q_norm.weight", 0);
  if (head && *head > 0 && config.dim % *head == 0) {
    check.size("n_heads", config.n_heads, config.dim / *head, "layers.0.attention.q_norm.weight");
  }
  const auto rows = check.axis("layers.0.attention.qkv.weight", 0);
  if (rows && config.n_heads > 0 && config.dim % config.n_heads == 0) {
    const int64_t width = config.dim / config.n_heads;
    if (*rows % width == 0) {
      check.size("n_kv_heads", config.n_kv_heads, (*rows / width - config.n_heads) / 2,
                 "layers.0.attention.qkv.weight");
    }
  }
  check.finish();
  validate(config);
  return config;
}

Config config_from_weights(const io::WeightSet& weights) {
  if (const auto json = embedded_config(weights)) {
    return complete_config(read_config(*json), weights);
  }
  Config config;
  config.in_channels = 0;
  config.n_refiner_layers = ConfigCheck(weights).count("context_refiner.");
  config.qk_norm = weights.has("layers.0.attention.q_norm.weight");
  const bool head_known = config.qk_norm;
  // Without q_norm nothing tells the head width; every published size has 24 heads or has q_norm.
  if (!head_known) config.n_heads = 24;
  const auto ffn = ConfigCheck(weights).axis("layers.0.feed_forward.w1.weight", 0);
  const auto dim = ConfigCheck(weights).axis("x_embedder.weight", 0);
  if (ffn && dim && *ffn > 0 && *dim > 0) {
    config.dim = *dim;
    if (config.ffn_dim() != *ffn) {
      // The multiplier that makes upstream's rounding arrive at exactly these rows.
      config.multiple_of = 1;
      config.ffn_dim_multiplier = (static_cast<double>(*ffn) + 0.5) / static_cast<double>(4 * *dim);
    }
  }
  const auto head = ConfigCheck(weights).axis("layers.0.attention.q_norm.weight", 0);
  const int64_t width = head ? *head : config.dim / config.n_heads;
  const int64_t third = width / 3 / 2 * 2;
  config.axes_dims = {width - 2 * third, third, third};
  config.axes_lens = {weights.has("clip_text_pooled_proj.0.weight") ? 1024 : 300, 512, 512};
  return complete_config(std::move(config), weights);
}

void validate(const Config& c) {
  require_config(c.dim > 0 && c.n_heads > 0 && c.dim % c.n_heads == 0,
                 fmt::format("dim {} is no multiple of n_heads {}", c.dim, c.n_heads));
  require_config(
      c.n_kv_heads > 0 && c.n_heads % c.n_kv_heads == 0,
      fmt::format("n_heads {} is no multiple of n_kv_heads {}", c.n_heads, c.n_kv_heads));
  require_config(c.n_layers > 0, "n_layers is missing and the weights hold no layers.*");
  require_config(c.cap_feat_dim > 0, "cap_feat_dim is missing and so is cap_embedder.0.weight");
  require_config(
      c.patch_size > 0 && c.patch_size <= 64 && c.in_channels > 0 && c.in_channels <= 65536 &&
          c.multiple_of > 0,
      fmt::format("patch_size {} must lie between 1 and 64, in_channels {} between 1 and "
                  "65536",
                  c.patch_size, c.in_channels));
  require_config(c.axes_dims.size() == 3 && c.axes_lens.size() == 3,
                 fmt::format("axes_dims {} and axes_lens {} must have 3 entries each", c.axes_dims,
                             c.axes_lens));
  for (const int64_t width : c.axes_dims) {
    require_config(width % 2 == 0, fmt::format("axes_dims {} must be even", c.axes_dims));
  }
  const int64_t sum = std::accumulate(c.axes_dims.begin(), c.axes_dims.end(), int64_t{0});
  require_config(
      sum == c.head_dim(),
      fmt::format("axes_dims {} add up to {}, but the head width is {} (dim {} / n_heads "
                  "{})",
                  c.axes_dims, sum, c.head_dim(), c.dim, c.n_heads));
  require_config(c.norm_eps > 0 && c.qk_norm_eps > 0 && c.clip_norm_eps > 0 && c.rope_theta > 1,
                 "norm_eps, qk_norm_eps and clip_norm_eps must be positive, rope_theta above 1");
  require_config(!c.ffn_dim_multiplier || (*c.ffn_dim_multiplier > 0 && *c.ffn_dim_multiplier < 64),
                 "ffn_dim_multiplier must lie between 0 and 64");
}

}  // namespace newbie::next_dit
