#pragma once
/// Comparing what a config says with the shapes in the weights, and telling every contradiction.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/config.h"
#include "io/weight_set.h"

namespace newbie {

/// Sizes that the config left open (0) are filled; those it states are compared.
class ConfigCheck {
 public:
  explicit ConfigCheck(const io::WeightSet& weights) : weights_(weights) {}

  /// The size of an axis of a tensor, if the tensor is there and has that axis.
  std::optional<int64_t> axis(std::string_view tensor, int axis) const;
  /// One more than the largest number after `stem` ("layers." in "layers.3.norm.weight").
  int64_t count(std::string_view stem) const;

  /// `field` is the config's value for `key`; `found` is what the tensors say, from `source`.
  void size(std::string_view key, int64_t& field, std::optional<int64_t> found,
            std::string_view source);
  /// Throws `config.contradicts_weights` when any compared size differed.
  void finish() const;

 private:
  const io::WeightSet& weights_;
  std::vector<std::string> contradictions_;
};

/// Key of `__metadata__` under which our single files carry the config.json of their folder.
inline constexpr const char* kEmbeddedConfigKey = "newbie.config";

/// The config that a single file carries, if it was written by us. Errors: `json.*`, `config.*`.
std::optional<io::Config> embedded_config(const io::WeightSet& weights);

/// Throws `config.invalid` unless `holds`: "dim 2304 is no multiple of n_heads 25".
void require_config(bool holds, const std::string& what);

}  // namespace newbie
