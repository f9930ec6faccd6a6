#include "model_tools/config_text.h"

#include "base/json.h"

namespace newbie::model_tools {
namespace {

std::string text_of(const Json& json) { return json.dump(2) + "\n"; }

Json optional_number(const std::optional<double>& value) { return value ? Json(*value) : Json(); }

}  // namespace

std::string config_text(const next_dit::Config& c) {
  Json json{{"_class_name", c.has_pooled_text() ? "NextDiT_CLIP" : "NextDiT"},
            {"model_type", c.has_pooled_text() ? "nextdit_clip" : "nextdit"},
            {"patch_size", c.patch_size},
            {"in_channels", c.in_channels},
            {"dim", c.dim},
            {"n_layers", c.n_layers},
            {"n_refiner_layers", c.n_refiner_layers},
            {"n_heads", c.n_heads},
            {"n_kv_heads", c.n_kv_heads},
            {"axes_dims", c.axes_dims},
            {"axes_lens", c.axes_lens},
            {"cap_feat_dim", c.cap_feat_dim}};
  if (c.has_pooled_text()) json["clip_text_dim"] = c.clip_text_dim;
  json.update(Json{{"qk_norm", c.qk_norm},
                   {"norm_eps", c.norm_eps},
                   {"qk_norm_eps", c.qk_norm_eps},
                   {"clip_norm_eps", c.clip_norm_eps},
                   {"rope_theta", c.rope_theta},
                   {"multiple_of", c.multiple_of},
                   {"ffn_dim_multiplier", optional_number(c.ffn_dim_multiplier)}});
  return text_of(json);
}

std::string native_config_text(const next_dit::Config& c) {
  Json json{{"_class_name", "Lumina2Transformer2DModel"},
            {"sample_size", 128},
            {"patch_size", c.patch_size},
            {"in_channels", c.in_channels},
            {"out_channels", c.in_channels},
            {"hidden_size", c.dim},
            {"num_layers", c.n_layers},
            {"num_refiner_layers", c.n_refiner_layers},
            {"num_attention_heads", c.n_heads},
            {"num_kv_heads", c.n_kv_heads},
            {"multiple_of", c.multiple_of},
            {"ffn_dim_multiplier", optional_number(c.ffn_dim_multiplier)},
            {"norm_eps", c.norm_eps},
            {"scaling_factor", 1.0},
            {"axes_dim_rope", c.axes_dims},
            {"axes_lens", c.axes_lens},
            {"cap_feat_dim", c.cap_feat_dim}};
  if (c.has_pooled_text()) json["pooled_projection_dim"] = c.clip_text_dim;
  // Not keys of the class: without them its other epsilon would be assumed.
  json["qk_norm_eps"] = c.qk_norm_eps;
  json["clip_norm_eps"] = c.clip_norm_eps;
  return text_of(json);
}

std::string config_text(const gemma3::Config& c) {
  std::vector<std::string> kinds;
  for (const bool global : c.is_global) {
    kinds.push_back(global ? "full_attention" : "sliding_attention");
  }
  const Json text{{"model_type", "gemma3_text"},
                  {"vocab_size", c.vocab_size},
                  {"hidden_size", c.hidden_size},
                  {"intermediate_size", c.intermediate_size},
                  {"num_hidden_layers", c.num_hidden_layers},
                  {"num_attention_heads", c.num_attention_heads},
                  {"num_key_value_heads", c.num_key_value_heads},
                  {"head_dim", c.head_dim},
                  {"sliding_window", c.sliding_window},
                  {"sliding_window_pattern", c.sliding_window_pattern},
                  {"layer_types", kinds},
                  {"query_pre_attn_scalar", c.query_pre_attn_scalar},
                  {"rms_norm_eps", c.rms_norm_eps},
                  {"rope_theta", c.rope_theta},
                  {"rope_local_base_freq", c.rope_local_base_freq},
                  {"rope_scaling", {{"rope_type", "linear"}, {"factor", c.rope_scaling_factor}}}};
  return text_of(Json{{"architectures", {"Gemma3ForConditionalGeneration"}},
                      {"model_type", "gemma3"},
                      {"text_config", text}});
}

std::string config_text(const jina_clip::Config& c) {
  // The adapter is merged in what we write, so its scaling is not stated.
  return text_of(Json{{"model_type", "jina_clip_text"},
                      {"vocab_size", c.vocab_size},
                      {"type_vocab_size", c.type_vocab_size},
                      {"hidden_size", c.hidden_size},
                      {"num_hidden_layers", c.num_hidden_layers},
                      {"num_attention_heads", c.num_attention_heads},
                      {"intermediate_size", c.intermediate_size},
                      {"rotary_emb_base", c.rotary_emb_base},
                      {"layer_norm_eps", c.layer_norm_eps},
                      {"pad_token_id", c.pad_token_id},
                      {"pooler_type", "mean_pooler"}});
}

std::string config_text(const flux_vae::Config& c) {
  // diffusers builds as many stages as there are types, and assumes one.
  const size_t stages = c.block_out_channels.size();
  return text_of(Json{{"_class_name", "AutoencoderKL"},
                      {"act_fn", "silu"},
                      {"down_block_types", std::vector<std::string>(stages, "DownEncoderBlock2D")},
                      {"up_block_types", std::vector<std::string>(stages, "UpDecoderBlock2D")},
                      {"in_channels", c.in_channels},
                      {"out_channels", c.out_channels},
                      {"latent_channels", c.latent_channels},
                      {"block_out_channels", c.block_out_channels},
                      {"layers_per_block", c.layers_per_block},
                      {"norm_num_groups", c.norm_num_groups},
                      {"scaling_factor", c.scaling_factor},
                      {"shift_factor", c.shift_factor},
                      {"sample_size", c.sample_size},
                      {"mid_block_add_attention", c.mid_block_add_attention},
                      {"use_quant_conv", c.use_quant_conv},
                      {"use_post_quant_conv", c.use_post_quant_conv},
                      {"force_upcast", true}});
}

}  // namespace newbie::model_tools
