#include "models/gemma3/names.h"

#include <fmt/format.h>

namespace newbie::gemma3 {

std::vector<io::TensorSpec> expected_tensors(const Config& c) {
  std::vector<io::TensorSpec> specs{{"embed_tokens.weight", {c.vocab_size, c.hidden_size}}};
  const int64_t queries = c.num_attention_heads * c.head_dim;
  const int64_t keys = c.num_key_value_heads * c.head_dim;
  for (int64_t i = 0; i < c.num_hidden_layers; ++i) {
    // hidden_states[-2] never reads the last layer.
    const bool required = i + 1 < c.num_hidden_layers;
    const auto add = [&](const char* name, Shape shape) {
      specs.push_back({fmt::format("layers.{}.{}.weight", i, name), shape, required});
    };
    add("input_layernorm", {c.hidden_size});
    add("self_attn.q_proj", {queries, c.hidden_size});
    add("self_attn.k_proj", {keys, c.hidden_size});
    add("self_attn.v_proj", {keys, c.hidden_size});
    add("self_attn.q_norm", {c.head_dim});
    add("self_attn.k_norm", {c.head_dim});
    add("self_attn.o_proj", {c.hidden_size, queries});
    add("post_attention_layernorm", {c.hidden_size});
    add("pre_feedforward_layernorm", {c.hidden_size});
    add("mlp.gate_proj", {c.intermediate_size, c.hidden_size});
    add("mlp.up_proj", {c.intermediate_size, c.hidden_size});
    add("mlp.down_proj", {c.hidden_size, c.intermediate_size});
    add("post_feedforward_layernorm", {c.hidden_size});
  }
  specs.push_back({"norm.weight", {c.hidden_size}, false});
  return specs;
}

std::vector<io::NamesTable> layouts(const Config&) {
  return {{"transformers",
           "layers.0.self_attn.q_norm.weight",
           {},
           {"vision_tower.{*}", "{w}.vision_tower.{*}", "multi_modal_projector.{*}",
            "{w}.multi_modal_projector.{*}", "lm_head.{*}", "{w}.lm_head.{*}", "spiece_model",
            "{*}.rotary_emb.inv_freq"}}};
}

io::WeightSetOptions weight_set_options(const Config& config) {
  return {"gemma3", {"model.", "language_model.", "module.", "text_encoder."}, layouts(config)};
}

}  // namespace newbie::gemma3
