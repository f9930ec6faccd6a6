#pragma once
/// The networks of a model as tools see them: names, shapes and configs, never arithmetic.

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "io/config.h"
#include "io/names.h"
#include "io/weight_set.h"

namespace newbie::model_tools {

enum class Part : uint8_t { transformer, text_encoder, clip_model, vae };
inline constexpr std::array<Part, 4> kParts{Part::transformer, Part::text_encoder, Part::clip_model,
                                            Part::vae};
/// "transformer", "text_encoder", "clip_model", "vae".
std::string_view name_of(Part part);

/// What a config says about a network.
struct PartDescription {
  Part part = Part::transformer;
  std::string network;                   ///< "next_dit"
  std::vector<io::TensorSpec> expected;  ///< under our names
  std::vector<io::NamesTable> layouts;   ///< with the sizes of splits
  std::string config;                    ///< config.json in upstream's keys
  std::string native_config;             ///< config.json in the keys of the diffusers classes
  std::vector<std::pair<std::string, std::string>> sizes;  ///< for people, in reading order
};

/// A network on disk, read but not loaded.
struct OpenedPart {
  PartDescription description;
  std::filesystem::path path;
  std::optional<io::Config> json;  ///< its config.json, if there is one
  std::shared_ptr<const io::WeightSet> weights;
};

/// Opens a part whose kind is known. Errors: `weights.*`, `config.*`, `file.*`.
OpenedPart open_part(Part part, const std::filesystem::path& path);

/// Opens a file or folder whose network is told by its tensors.
/// Errors: as open_part; `weights.unknown_layout` when it is none of ours.
OpenedPart recognise_part(const std::filesystem::path& path);

/// The description that a config.json stands for, without weights.
PartDescription describe(Part part, const io::Config& config);

/// Every network of a model: a folder in a published layout, or a single file.
struct OpenedModel {
  std::filesystem::path root;
  /// "A" (folders, upstream's names), "A2" (folders, diffusers' names), "B" (single files), "C"
  /// (training weights).
  std::string layout;
  std::vector<OpenedPart> parts;
  /// Parts that are there but none of our networks: path and reason.
  std::vector<std::pair<Part, Error>> unreadable;
};

/// Errors: `file.missing`, `model.*`, and those of recognise_part for a single part.
OpenedModel open_model(const std::filesystem::path& path);

/// Bytes done of all; throwing from it ends the work cleanly. `stage` is what is being worked on.
using Progress = std::function<void(std::string_view stage, uint64_t done, uint64_t total)>;

}  // namespace newbie::model_tools
