#include "models/jina_clip/config.h"

#include <fmt/format.h>

#include "models/config_check.h"

namespace newbie::jina_clip {
namespace {

/// The backbone (jina-embeddings-v3) has heads of this width; no file of the public model says so.
constexpr int64_t kHeadWidth = 64;

void read_adapter(const io::Config& json, Config& config) {
  const auto rank = json.find_integer("lora_rank");
  const auto alpha = json.find_number("lora_alpha");
  if (rank && alpha) config.lora_scaling = *alpha / static_cast<double>(*rank);
}

}  // namespace

Config read_config(const io::Config& outer) {
  const io::Config json = outer.find_section("text_config").value_or(outer);
  Config config;
  const auto size = [&](const char* key) { return json.find_integer(key).value_or(0); };
  config.vocab_size = size("vocab_size");
  config.type_vocab_size = size("type_vocab_size");
  config.hidden_size = size("hidden_size");
  if (config.hidden_size == 0) config.hidden_size = size("embed_dim");
  config.num_hidden_layers = size("num_hidden_layers");
  config.num_attention_heads = size("num_attention_heads");
  config.intermediate_size = size("intermediate_size");
  config.rotary_emb_base = json.find_number("rotary_emb_base").value_or(20000);
  config.layer_norm_eps = json.find_number("layer_norm_eps").value_or(1e-5);
  config.pad_token_id = json.find_integer("pad_token_id", 0).value_or(1);
  read_adapter(json, config);
  if (const auto inner = json.find_section("hf_model_config_kwargs")) read_adapter(*inner, config);
  return config;
}

Config complete_config(Config config, const io::WeightSet& weights) {
  ConfigCheck check(weights);
  check.size("vocab_size", config.vocab_size, check.axis("embeddings.word_embeddings.weight", 0),
             "embeddings.word_embeddings.weight");
  check.size("hidden_size", config.hidden_size, check.axis("emb_ln.weight", 0), "emb_ln.weight");
  check.size("type_vocab_size", config.type_vocab_size,
             check.axis("embeddings.token_type_embeddings.weight", 0),
             "embeddings.token_type_embeddings.weight");
  check.size("intermediate_size", config.intermediate_size,
             check.axis("encoder.layers.0.mlp.fc1.weight", 0), "encoder.layers.0.mlp.fc1.weight");
  check.size("num_hidden_layers", config.num_hidden_layers, check.count("encoder.layers."),
             "the number of encoder.layers.*");
  check.finish();
  if (config.num_attention_heads == 0) config.num_attention_heads = config.hidden_size / kHeadWidth;
  validate(config);
  return config;
}

Config config_from_weights(const io::WeightSet& weights) {
  if (const auto json = embedded_config(weights)) {
    return complete_config(read_config(*json), weights);
  }
  return complete_config(Config(), weights);
}

void validate(const Config& c) {
  require_config(
      c.vocab_size > 0 && c.type_vocab_size > 0 && c.hidden_size > 0 && c.num_hidden_layers > 0 &&
          c.intermediate_size > 0,
      fmt::format("a size of the text tower is neither in its config nor in its weights: "
                  "vocab_size {}, type_vocab_size {}, hidden_size {}, num_hidden_layers "
                  "{}, intermediate_size {}",
                  c.vocab_size, c.type_vocab_size, c.hidden_size, c.num_hidden_layers,
                  c.intermediate_size));
  require_config(c.num_attention_heads > 0 && c.hidden_size % c.num_attention_heads == 0,
                 fmt::format("hidden_size {} is no multiple of num_attention_heads {}",
                             c.hidden_size, c.num_attention_heads));
  require_config(c.head_dim() % 2 == 0,
                 fmt::format("the head width {} must be even", c.head_dim()));
  require_config(c.rotary_emb_base > 1 && c.layer_norm_eps > 0,
                 "rotary_emb_base must be above 1, layer_norm_eps positive");
  require_config(
      c.pad_token_id < c.vocab_size,
      fmt::format("pad_token_id {} is outside the vocabulary of {}", c.pad_token_id, c.vocab_size));
}

}  // namespace newbie::jina_clip
