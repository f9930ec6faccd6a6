#include "io/weight_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "io/weight_set_builder.h"

namespace newbie::io {

std::shared_ptr<const WeightSet> WeightSet::open(const std::filesystem::path& path,
                                                 const WeightSetOptions& options) {
  return from_files(path, open_weight_files(path), options);
}

std::shared_ptr<const WeightSet> WeightSet::from_files(std::filesystem::path source,
                                                       std::vector<SafetensorsFile> files,
                                                       const WeightSetOptions& options) {
  auto set = std::shared_ptr<WeightSet>(new WeightSet);
  set->network_ = options.network.empty() ? "the network" : options.network;
  set->source_ = std::move(source);
  set->files_ = std::move(files);
  for (const SafetensorsFile& file : set->files_) {
    set->metadata_.insert(file.metadata().begin(), file.metadata().end());
  }
  WeightSetBuilder(*set, options).build();
  return set;
}

const MadeTensor* WeightSet::lookup(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

std::optional<TensorInfo> WeightSet::find(std::string_view name) const {
  const MadeTensor* made = lookup(name);
  return made ? std::optional(TensorInfo{made->dtype, made->shape}) : std::nullopt;
}

std::vector<std::string> WeightSet::names() const {
  std::vector<std::string> names;
  for (const auto& [name, made] : tensors_) names.push_back(name);
  return names;
}

Tensor WeightSet::tensor(std::string_view name, const Device& device) const {
  if (const MadeTensor* made = lookup(name)) {
    return with_where(fmt::format("reading {} from {}", name, source_.string()),
                      [&] { return make(*made, files_, device); });
  }
  std::vector<std::string_view> known;
  for (const auto& [other, made] : tensors_) known.push_back(other);
  Error error("weights.missing", fmt::format("{} has no tensor {}", source_.string(), name));
  const std::string near = did_you_mean(name, known);
  if (!near.empty()) error.hint(fmt::format("did you mean {}?", near));
  throw error;
}

void WeightSet::drop(std::string_view name) const {
  const MadeTensor* made = lookup(name);
  if (!made) return;
  for (const StoredTensor& part : made->parts) files_[part.file].drop(*part.entry);
}

std::optional<Tensor> WeightSet::extra(std::string_view stored_name, const Device& device) const {
  for (const SafetensorsFile& file : files_) {
    for (const TensorEntry& entry : file.entries()) {
      const bool same =
          entry.name == stored_name || entry.name == prefix_ + std::string(stored_name);
      if (same) return file.tensor(entry, device);
    }
  }
  return std::nullopt;
}

std::vector<std::string> WeightSet::stored_names(std::string_view name) const {
  std::vector<std::string> names;
  if (const MadeTensor* made = lookup(name)) {
    for (const StoredTensor& part : made->parts) names.push_back(part.entry->name);
  }
  return names;
}

std::string WeightSet::why_missing(std::string_view name) const {
  const auto found = incomplete_.find(name);
  return found == incomplete_.end() ? std::string() : found->second;
}

}  // namespace newbie::io
