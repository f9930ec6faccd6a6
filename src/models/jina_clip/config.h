#pragma once
/// Sizes and constants of the Jina CLIP v2 text tower, as its config.json states them.

#include <cstdint>

#include "io/config.h"
#include "io/weight_set.h"

namespace newbie::jina_clip {

/// Field names are those of the published JSON. A zero size is one that the file left open:
/// jina-clip-v2 names its backbone instead of spelling out its sizes.
struct Config {
  int64_t vocab_size = 0;
  int64_t type_vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t num_hidden_layers = 0;
  int64_t num_attention_heads = 0;
  int64_t intermediate_size = 0;
  double rotary_emb_base = 20000;
  double layer_norm_eps = 1e-5;
  int64_t pad_token_id = 1;  ///< tokens with this id are masked and left out of the mean
  double lora_scaling = 1;   ///< alpha / rank of the task adapter, merged at load

  int64_t head_dim() const { return hidden_size / num_attention_heads; }

  bool operator==(const Config&) const = default;
};

/// From clip_model/config.json: a flat text config, or jina-clip-v2's with `text_config`.
/// Errors: `config.*`.
Config read_config(const io::Config& json);

/// Takes the sizes that the file does not spell out from the tensors' shapes; checks the rest.
/// Errors: `config.contradicts_weights`, `config.invalid`.
Config complete_config(Config config, const io::WeightSet& weights);

/// For single files, which have no config.json.
Config config_from_weights(const io::WeightSet& weights);

/// Checks the fields against each other. Error: `config.invalid`.
void validate(const Config& config);

}  // namespace newbie::jina_clip
