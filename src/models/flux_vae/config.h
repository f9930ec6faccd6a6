#pragma once
/// Sizes and constants of the FLUX.1 autoencoder, as its config.json states them.

#include <cstdint>
#include <vector>

#include "io/config.h"
#include "io/weight_set.h"

namespace newbie::flux_vae {

/// Field names are those of the published JSON; defaults are FLUX.1's.
struct Config {
  int64_t in_channels = 3;
  int64_t out_channels = 3;
  int64_t latent_channels = 16;
  std::vector<int64_t> block_out_channels{128, 256, 512, 512};
  int64_t layers_per_block = 2;
  int64_t norm_num_groups = 32;
  double norm_eps = 1e-6;
  double scaling_factor = 0.3611;
  double shift_factor = 0.1159;
  int64_t sample_size = 1024;  ///< side above which upstream tiles
  bool mid_block_add_attention = true;
  bool use_quant_conv = false;
  bool use_post_quant_conv = false;

  /// Image pixels per latent pixel along one side.
  int64_t downscale() const { return int64_t{1} << (block_out_channels.size() - 1); }

  bool operator==(const Config&) const = default;
};

/// From vae/config.json. Errors: `config.*`.
Config read_config(const io::Config& json);

/// Checks the config against the tensors' shapes.
/// Errors: `config.contradicts_weights`, `config.invalid`.
Config complete_config(Config config, const io::WeightSet& weights);

/// For single files, which have no config.json: sizes from the shapes, FLUX.1's constants.
Config config_from_weights(const io::WeightSet& weights);

/// Checks the fields against each other. Error: `config.invalid`.
void validate(const Config& config);

}  // namespace newbie::flux_vae
