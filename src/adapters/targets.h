#pragma once
/// The modules that an adapter can change, under every name by which files call them.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "io/names.h"
#include "tensor/shape.h"

namespace newbie::adapters {

/// A weight of a model.
struct Target {
  std::string network;  ///< "next_dit"
  std::string path;     ///< "layers.0.attention.qkv"
  Shape weight;         ///< [out,in]; [D] for norms
};

/// Names are found with dots or with underscores, after any of the prefixes that tools put before
/// them, in our spelling or in that of any layout of the network.
class Targets {
 public:
  /// `expected` and `layouts` are those of the network (names.h of each model).
  void add(const std::string& network, const std::vector<io::TensorSpec>& expected,
           const std::vector<io::NamesTable>& layouts);

  /// Rows [begin, end) of a target: some layouts split what is one weight to us.
  struct Found {
    const Target* target = nullptr;
    int64_t row_begin = 0;
    int64_t row_end = 0;
    bool whole() const { return row_begin == 0 && row_end == target->weight[0]; }
  };
  /// `stem` is a key without its last part: "lora_unet_layers_0_attention_qkv".
  std::optional<Found> find(std::string_view stem) const;

  const std::map<std::string, Target>& all() const { return targets_; }  ///< by network/path
  const Target* find(std::string_view network, std::string_view path) const;

  /// The names that `layout` of the network gives to a module's weight, with their rows.
  std::vector<io::PlacedTensor> placed(const Target& target, std::string_view layout) const;

 private:
  void add_alias(const std::string& name, Found found);
  std::optional<Found> find_exact(std::string_view name) const;

  std::map<std::string, Target> targets_;
  std::map<std::string, std::vector<io::NamesTable>> layouts_;
  std::map<std::string, Found, std::less<>> aliases_;
};

/// `stem` without the prefixes that tools put before a module's path.
std::string without_prefixes(std::string_view stem);

/// The modules of `network` whose path ends in one of `patterns` at a dot ("attention.qkv"); "*"
/// stands for every matrix. Sorted by path. Error: `adapter.no_target` for a pattern that fits
/// nothing, with the nearest name.
std::vector<Target> resolve_targets(const Targets& targets, std::string_view network,
                                    const std::vector<std::string>& patterns);

/// What upstream's trainer adapts. Source: model specification 12.1.
const std::vector<std::string>& default_targets();

}  // namespace newbie::adapters
