#include "models/next_dit/names.h"

#include <fmt/format.h>

namespace newbie::next_dit {
namespace {

using io::ByShape;
using io::Concat;
using io::Rename;

void add_block(std::vector<io::TensorSpec>& specs, const Config& c, const std::string& block,
               bool modulated) {
  const auto add = [&](const char* name, Shape shape) { specs.push_back({block + name, shape}); };
  if (modulated) {
    add("adaLN_modulation.1.weight", {4 * c.dim, c.modulation_dim()});
    add("adaLN_modulation.1.bias", {4 * c.dim});
  }
  add("attention_norm1.weight", {c.dim});
  add("attention.qkv.weight", {c.qkv_rows(), c.dim});
  if (c.qk_norm) {
    add("attention.q_norm.weight", {c.head_dim()});
    add("attention.k_norm.weight", {c.head_dim()});
  }
  add("attention.out.weight", {c.dim, c.dim});
  add("attention_norm2.weight", {c.dim});
  add("ffn_norm1.weight", {c.dim});
  add("feed_forward.w1.weight", {c.ffn_dim(), c.dim});
  add("feed_forward.w3.weight", {c.ffn_dim(), c.dim});
  add("feed_forward.w2.weight", {c.dim, c.ffn_dim()});
  add("ffn_norm2.weight", {c.dim});
}

void add_linear(std::vector<io::TensorSpec>& specs, const std::string& name, int64_t out,
                int64_t in) {
  specs.push_back({name + ".weight", {out, in}});
  specs.push_back({name + ".bias", {out}});
}

/// diffusers' Lumina2Transformer2DModel. The names of the pooled-text modules in the third-party
/// conversion are not known to us, hence ByShape; we write them under upstream's names.
io::NamesTable diffusers_names(const Config& c) {
  const int64_t width = c.n_heads > 0 ? c.head_dim() : 0;
  io::NamesTable table{"diffusers", "time_caption_embed.caption_embedder.1.weight", {}, {}};
  const auto rename = [&](std::string_view ours, std::string_view theirs) {
    table.rules.push_back(Rename{ours, theirs});
  };
  rename("cap_embedder.{i}.{*}", "time_caption_embed.caption_embedder.{i}.{*}");
  rename("t_embedder.mlp.0.{*}", "time_caption_embed.timestep_embedder.linear_1.{*}");
  rename("t_embedder.mlp.2.{*}", "time_caption_embed.timestep_embedder.linear_2.{*}");
  table.rules.push_back(
      Concat{"{w}.{i}.attention.qkv.weight",
             {"{w}.{i}.attn.to_q.weight", "{w}.{i}.attn.to_k.weight", "{w}.{i}.attn.to_v.weight"},
             {c.n_heads * width, c.n_kv_heads * width, c.n_kv_heads * width}});
  rename("{w}.{i}.attention.out.{*}", "{w}.{i}.attn.to_out.0.{*}");
  rename("{w}.{i}.attention.q_norm.{*}", "{w}.{i}.attn.norm_q.{*}");
  rename("{w}.{i}.attention.k_norm.{*}", "{w}.{i}.attn.norm_k.{*}");
  rename("context_refiner.{i}.attention_norm1.{*}", "context_refiner.{i}.norm1.{*}");
  rename("{w}.{i}.attention_norm1.{*}", "{w}.{i}.norm1.norm.{*}");
  rename("{w}.{i}.adaLN_modulation.1.{*}", "{w}.{i}.norm1.linear.{*}");
  rename("{w}.{i}.attention_norm2.{*}", "{w}.{i}.norm2.{*}");
  rename("{w}.{i}.feed_forward.w{j}.{*}", "{w}.{i}.feed_forward.linear_{j}.{*}");
  rename("{w}.{i}.ffn_norm{j}.{*}", "{w}.{i}.ffn_norm{j}.{*}");
  rename("final_layer.adaLN_modulation.1.{*}", "norm_out.linear_1.{*}");
  rename("final_layer.linear.{*}", "norm_out.linear_2.{*}");
  rename("x_embedder.{*}", "x_embedder.{*}");
  rename("clip_text_pooled_proj.{*}", "clip_text_pooled_proj.{*}");
  rename("time_text_embed.{*}", "time_text_embed.{*}");
  if (c.has_pooled_text()) {
    const int64_t pooled = c.clip_text_dim;
    const int64_t time = c.modulation_dim();
    table.rules.push_back(ByShape{"time_text_embed.1", {time, time + pooled}, true});
    table.rules.push_back(ByShape{"clip_text_pooled_proj.1", {pooled, pooled}, true});
    table.rules.push_back(ByShape{"clip_text_pooled_proj.0", {pooled}, false});
  }
  return table;
}

}  // namespace

std::vector<io::TensorSpec> expected_tensors(const Config& c) {
  std::vector<io::TensorSpec> specs;
  const int64_t time = c.modulation_dim();
  add_linear(specs, "t_embedder.mlp.0", time, Config::time_frequencies);
  add_linear(specs, "t_embedder.mlp.2", time, time);
  if (c.has_pooled_text()) {
    specs.push_back({"clip_text_pooled_proj.0.weight", {c.clip_text_dim}});
    add_linear(specs, "clip_text_pooled_proj.1", c.clip_text_dim, c.clip_text_dim);
    add_linear(specs, "time_text_embed.1", time, time + c.clip_text_dim);
  }
  specs.push_back({"cap_embedder.0.weight", {c.cap_feat_dim}});
  add_linear(specs, "cap_embedder.1", c.dim, c.cap_feat_dim);
  for (int64_t i = 0; i < c.n_refiner_layers; ++i) {
    add_block(specs, c, fmt::format("context_refiner.{}.", i), false);
  }
  add_linear(specs, "x_embedder", c.dim, c.patch_features());
  for (int64_t i = 0; i < c.n_refiner_layers; ++i) {
    add_block(specs, c, fmt::format("noise_refiner.{}.", i), true);
  }
  for (int64_t i = 0; i < c.n_layers; ++i) add_block(specs, c, fmt::format("layers.{}.", i), true);
  // Stored by upstream, used by nobody; repackaged files leave it out.
  specs.push_back({"norm_final.weight", {c.dim}, false});
  add_linear(specs, "final_layer.adaLN_modulation.1", c.dim, time);
  add_linear(specs, "final_layer.linear", c.patch_features(), c.dim);
  return specs;
}

std::vector<io::NamesTable> layouts(const Config& config) {
  return {{"original", "cap_embedder.1.weight", {}, {}}, diffusers_names(config)};
}

io::WeightSetOptions weight_set_options(const Config& config) {
  return {"next_dit",
          {"model.diffusion_model.", "diffusion_model.", "module.", "transformer.", "model."},
          layouts(config)};
}

}  // namespace newbie::next_dit
