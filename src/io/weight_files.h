#pragma once
/// Which files hold a network's weights, given the path a user typed.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "io/safetensors.h"

namespace newbie::io {

/// The parsed `*.safetensors.index.json` of sharded weights.
struct ShardIndex {
  std::filesystem::path path;
  std::map<std::string, std::string> shard_of;  ///< tensor name to file name in the same folder

  /// Error: `weights.bad_index` (no weight_map, a name that leaves the folder); `json.*`.
  static ShardIndex parse(std::string_view text, std::filesystem::path path);
  /// Shard files, each once, sorted.
  std::vector<std::filesystem::path> shards() const;
};

/// The file itself, the shards of an index, or what a folder holds: an index, `model`,
/// `diffusion_pytorch_model`, `consolidated.*`, `newbie_dit`, or its only safetensors file.
/// Errors: `file.missing`, `weights.pickle`, `weights.no_weights`, `weights.ambiguous`,
/// `weights.bad_index`, `weights.missing_shard` (all of them at once).
std::vector<std::filesystem::path> find_weight_files(const std::filesystem::path& path);

/// find_weight_files, opened; tensors that an index promises are checked to be in their shard.
std::vector<SafetensorsFile> open_weight_files(const std::filesystem::path& path);

}  // namespace newbie::io
