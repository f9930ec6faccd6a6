#pragma once
/// What lies at a path: networks, sizes, types, layout, licence, hashes.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model_tools/parts.h"

namespace newbie::model_tools {

/// A file of a model.
struct FileInfo {
  std::string name;  ///< below the model's root
  uint64_t bytes = 0;
  std::string sha256;  ///< empty unless asked for
};

/// One network of a model, as its files describe it.
struct PartInfo {
  std::string part;     ///< "transformer"
  std::string network;  ///< "next_dit"; empty when it is none of ours
  std::string problem;  ///< why it could not be read; else empty
  uint64_t tensors = 0;
  uint64_t parameters = 0;
  std::vector<std::pair<std::string, uint64_t>> dtypes;  ///< parameters of each type, most first
  std::string names;     ///< spelling of tensor names: "original", "diffusers", "bfl", ...
  std::string prefix;    ///< before every name
  uint64_t ignored = 0;  ///< tensors of other networks in the same file
  std::vector<std::pair<std::string, std::string>> sizes;
  std::vector<FileInfo> files;
  std::map<std::string, std::string> metadata;
  std::string config;  ///< config.json as it is; empty when there is none
};

/// Everything known about a model without running it.
struct ModelInfo {
  std::string path;
  std::string layout;        ///< "A", "A2", "B", "C"
  std::string layout_title;  ///< the same in words
  std::vector<PartInfo> parts;
  std::vector<std::string> licence_files;
};

enum class Hashes : uint8_t { none, sha256 };

/// Reads headers and configs only, unless hashes are asked for. Errors: those of open_model.
ModelInfo inspect_model(const std::filesystem::path& path, Hashes hashes,
                        const Progress& progress = {});

/// A table for people, and the whole as JSON.
std::string to_text(const ModelInfo& info);
std::string to_json(const ModelInfo& info);

}  // namespace newbie::model_tools
