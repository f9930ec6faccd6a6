#pragma once
/// Sizes and constants of a Next-DiT, as its config.json states them.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "io/config.h"
#include "io/weight_set.h"

namespace newbie::next_dit {

/// Field names are those of the published JSON. A zero size is one that the file left open.
struct Config {
  int64_t patch_size = 2;
  int64_t in_channels = 16;
  int64_t dim = 0;
  int64_t n_layers = 0;
  int64_t n_refiner_layers = 2;
  int64_t n_heads = 0;
  int64_t n_kv_heads = 0;
  std::vector<int64_t> axes_dims;  ///< rope widths of (caption, row, column); their sum is head_dim
  std::vector<int64_t> axes_lens;
  int64_t cap_feat_dim = 0;
  int64_t clip_text_dim = 0;  ///< 0: no pooled text (Lumina-Image-2.0)
  bool qk_norm = true;
  int64_t multiple_of = 256;
  std::optional<double> ffn_dim_multiplier;
  double norm_eps = 1e-5;
  double qk_norm_eps = 1e-6;    ///< upstream's RMSNorm default, not norm_eps
  double clip_norm_eps = 1e-6;  ///< likewise, of clip_text_pooled_proj.0
  double rope_theta = 10000;

  static constexpr int64_t time_frequencies = 256;

  int64_t head_dim() const { return dim / n_heads; }
  /// Rows of attention.qkv: queries, then keys, then values.
  int64_t qkv_rows() const { return (n_heads + 2 * n_kv_heads) * head_dim(); }
  int64_t ffn_dim() const;
  /// Width of the time and modulation path.
  int64_t modulation_dim() const { return std::min<int64_t>(dim, 1024); }
  int64_t patch_features() const { return patch_size * patch_size * in_channels; }
  bool has_pooled_text() const { return clip_text_dim > 0; }

  bool operator==(const Config&) const = default;
};

/// From transformer/config.json: upstream's keys, or those of the diffusers conversion.
/// Errors: `config.*`. Sizes that the file may omit stay 0: see complete_config.
Config read_config(const io::Config& json);

/// Fills cap_feat_dim, n_kv_heads and clip_text_dim from the tensors' shapes when the file left
/// them open (specified so upstream), then checks that what remains is consistent. Errors:
/// `config.contradicts_weights` (all contradictions at once), `config.invalid`.
Config complete_config(Config config, const io::WeightSet& weights);

/// For single files, which have no config.json: every size from the shapes, the rest by default.
/// Errors: `weights.missing`, `config.invalid`.
Config config_from_weights(const io::WeightSet& weights);

/// Checks the fields against each other. Error: `config.invalid`.
void validate(const Config& config);

}  // namespace newbie::next_dit
