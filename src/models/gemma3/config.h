#pragma once
/// Sizes and constants of a Gemma 3 text model, as its config.json states them.

#include <cstdint>
#include <vector>

#include "io/config.h"
#include "io/weight_set.h"

namespace newbie::gemma3 {

/// Field names are those of the published JSON. A zero size is one that the file left open.
struct Config {
  int64_t vocab_size = 0;
  int64_t hidden_size = 0;
  int64_t intermediate_size = 0;
  int64_t num_hidden_layers = 0;
  int64_t num_attention_heads = 0;
  int64_t num_key_value_heads = 0;
  int64_t head_dim = 0;
  int64_t sliding_window = 1024;     ///< a query sees itself and the sliding_window - 1 keys before
  double query_pre_attn_scalar = 0;  ///< attention scale is 1 / sqrt of it
  double rms_norm_eps = 1e-6;
  double rope_theta = 1e6;             ///< global layers
  double rope_local_base_freq = 1e4;   ///< sliding layers
  double rope_scaling_factor = 1;      ///< global layers' frequencies are divided by it
  int64_t sliding_window_pattern = 6;  ///< every so many layers one is global; unless listed
  std::vector<bool> is_global;         ///< per layer: full attention instead of sliding

  bool operator==(const Config&) const = default;
};

/// From text_encoder/config.json; the text model's own object or one nested as `text_config`.
/// Errors: `config.*`. Sizes that the file omits stay 0: see complete_config.
Config read_config(const io::Config& json);

/// Fills the sizes that published files omit from the tensors' shapes and checks the rest.
/// Errors: `config.contradicts_weights`, `config.invalid`.
Config complete_config(Config config, const io::WeightSet& weights);

/// For single files, which have no config.json: sizes from the shapes, Gemma 3 4B's constants. A
/// file without `norm.weight` is taken to lack the unused last layer too.
Config config_from_weights(const io::WeightSet& weights);

/// Checks the fields against each other. Error: `config.invalid`.
void validate(const Config& config);

}  // namespace newbie::gemma3
