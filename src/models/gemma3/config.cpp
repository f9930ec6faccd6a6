#include "models/gemma3/config.h"

#include <fmt/format.h>

#include "models/config_check.h"

namespace newbie::gemma3 {
namespace {

/// transformers 5 nests rope settings per kind of layer under `rope_parameters`.
void read_rope(const io::Config& json, Config& config) {
  config.rope_theta = json.find_number("rope_theta").value_or(1e6);
  config.rope_local_base_freq = json.find_number("rope_local_base_freq").value_or(1e4);
  if (const auto scaling = json.find_section("rope_scaling")) {
    config.rope_scaling_factor = scaling->find_number("factor").value_or(1);
  }
  const auto nested = json.find_section("rope_parameters");
  if (!nested) return;
  if (const auto global = nested->find_section("full_attention")) {
    config.rope_theta = global->find_number("rope_theta").value_or(config.rope_theta);
    config.rope_scaling_factor = global->find_number("factor").value_or(config.rope_scaling_factor);
  }
  if (const auto local = nested->find_section("sliding_attention")) {
    config.rope_local_base_freq =
        local->find_number("rope_theta").value_or(config.rope_local_base_freq);
  }
}

void fill_layer_kinds(Config& config) {
  constexpr int64_t kMostLayers = 10'000;
  if (!config.is_global.empty()) return;
  require_config(config.num_hidden_layers <= kMostLayers,
                 fmt::format("num_hidden_layers is {}, at most {} make sense",
                             config.num_hidden_layers, kMostLayers));
  for (int64_t i = 1; i <= config.num_hidden_layers; ++i) {
    config.is_global.push_back(i % config.sliding_window_pattern == 0);
  }
}

}  // namespace

Config read_config(const io::Config& outer) {
  const io::Config json = outer.find_section("text_config").value_or(outer);
  Config config;
  const auto size = [&](const char* key) { return json.find_integer(key).value_or(0); };
  config.vocab_size = size("vocab_size");
  config.hidden_size = size("hidden_size");
  config.intermediate_size = size("intermediate_size");
  config.num_hidden_layers = size("num_hidden_layers");
  config.num_attention_heads = size("num_attention_heads");
  config.num_key_value_heads = size("num_key_value_heads");
  config.head_dim = size("head_dim");
  config.sliding_window = json.find_integer("sliding_window").value_or(1024);
  config.query_pre_attn_scalar = json.find_number("query_pre_attn_scalar").value_or(256);
  config.rms_norm_eps = json.find_number("rms_norm_eps").value_or(1e-6);
  read_rope(json, config);
  const char* pattern =
      json.has("_sliding_window_pattern") ? "_sliding_window_pattern" : "sliding_window_pattern";
  config.sliding_window_pattern = json.find_integer(pattern).value_or(6);
  for (const std::string& kind :
       json.find_strings("layer_types").value_or(std::vector<std::string>())) {
    if (kind != "full_attention" && kind != "sliding_attention") {
      throw Error("config.invalid",
                  fmt::format("{}: layer_types has \"{}\", expected full_attention or "
                              "sliding_attention",
                              json.name(), kind));
    }
    config.is_global.push_back(kind == "full_attention");
  }
  fill_layer_kinds(config);
  return config;
}

Config complete_config(Config config, const io::WeightSet& weights) {
  ConfigCheck check(weights);
  const auto first = [&](const char* tensor, int axis) {
    return check.axis(fmt::format("layers.0.{}.weight", tensor), axis);
  };
  check.size("vocab_size", config.vocab_size, check.axis("embed_tokens.weight", 0),
             "embed_tokens.weight");
  check.size("hidden_size", config.hidden_size, check.axis("embed_tokens.weight", 1),
             "embed_tokens.weight");
  check.size("intermediate_size", config.intermediate_size, first("mlp.gate_proj", 0),
             "layers.0.mlp.gate_proj.weight");
  check.size("head_dim", config.head_dim, first("self_attn.q_norm", 0),
             "layers.0.self_attn.q_norm.weight");
  if (config.head_dim > 0) {
    const auto heads = [&](const char* tensor) -> std::optional<int64_t> {
      const auto rows = first(tensor, 0);
      return rows && *rows % config.head_dim == 0 ? std::optional(*rows / config.head_dim)
                                                  : std::nullopt;
    };
    check.size("num_attention_heads", config.num_attention_heads, heads("self_attn.q_proj"),
               "layers.0.self_attn.q_proj.weight");
    check.size("num_key_value_heads", config.num_key_value_heads, heads("self_attn.k_proj"),
               "layers.0.self_attn.k_proj.weight");
  }
  // The caption features leave before the last layer, so files may lack it.
  const int64_t layers = check.count("layers.");
  if (layers + 1 != config.num_hidden_layers) {
    check.size("num_hidden_layers", config.num_hidden_layers, layers, "the number of layers.*");
  }
  check.finish();
  fill_layer_kinds(config);
  validate(config);
  return config;
}

Config config_from_weights(const io::WeightSet& weights) {
  if (const auto json = embedded_config(weights)) {
    return complete_config(read_config(*json), weights);
  }
  Config config;
  config.query_pre_attn_scalar = 256;
  config.rope_scaling_factor = 8;
  config.num_hidden_layers =
      ConfigCheck(weights).count("layers.") + (weights.has("norm.weight") ? 0 : 1);
  return complete_config(std::move(config), weights);
}

void validate(const Config& c) {
  require_config(c.vocab_size > 0 && c.hidden_size > 0 && c.intermediate_size > 0 &&
                     c.num_hidden_layers > 0 && c.head_dim > 0,
                 fmt::format("a size of the text encoder is neither in its config nor in its "
                             "weights: vocab_size {}, hidden_size {}, intermediate_size {}, "
                             "num_hidden_layers {}, head_dim {}",
                             c.vocab_size, c.hidden_size, c.intermediate_size, c.num_hidden_layers,
                             c.head_dim));
  require_config(c.num_key_value_heads > 0 && c.num_attention_heads > 0 &&
                     c.num_attention_heads % c.num_key_value_heads == 0,
                 fmt::format("num_attention_heads {} is no multiple of num_key_value_heads {}",
                             c.num_attention_heads, c.num_key_value_heads));
  require_config(c.head_dim % 2 == 0, fmt::format("head_dim {} must be even", c.head_dim));
  require_config(static_cast<int64_t>(c.is_global.size()) == c.num_hidden_layers,
                 fmt::format("layer_types has {} entries, num_hidden_layers is {}",
                             c.is_global.size(), c.num_hidden_layers));
  require_config(
      c.query_pre_attn_scalar > 0 && c.rms_norm_eps > 0 && c.rope_theta > 1 &&
          c.rope_local_base_freq > 1 && c.rope_scaling_factor > 0,
      "query_pre_attn_scalar, rms_norm_eps and rope_scaling must be positive, rope bases "
      "above 1");
}

}  // namespace newbie::gemma3
