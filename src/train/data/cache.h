#pragma once
/// Latents and caption features that need not be computed again, by what they were computed from.

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace newbie::train {

/// Tensors under 64-bit content keys, each entry a small safetensors file, written whole or not at
/// all: several runs may share a folder.
class TensorCache {
 public:
  using Entry = std::map<std::string, Tensor>;

  /// An empty folder name keeps nothing.
  explicit TensorCache(std::filesystem::path folder) : folder_(std::move(folder)) {}

  /// Nothing when there is no entry, or one that cannot be read (it is made again).
  std::optional<Entry> find(uint64_t key, const Device& host) const;
  /// Errors: `file.*`.
  void put(uint64_t key, const Entry& entry) const;

 private:
  std::filesystem::path path_of(uint64_t key) const;
  std::filesystem::path folder_;
};

/// What the values in a network's weight files hash to, without reading all of them: names, types,
/// shapes, and pages from the start, middle and end of every tensor. Any training changes it.
uint64_t weights_fingerprint(const std::filesystem::path& weights);

/// One key out of several.
uint64_t joined_key(const std::vector<uint64_t>& keys);

}  // namespace newbie::train
