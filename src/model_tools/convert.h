#pragma once
/// From one published layout and element type to another.

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "adapters/adapter.h"
#include "model_tools/layout.h"

namespace newbie::model_tools {

/// What the model becomes.
struct ConvertOptions {
  Layout layout = Layout::diffusers;
  std::optional<DType> dtype = {};              ///< none: each tensor keeps its own
  int threads = 0;                              ///< 0 = all
  const adapters::AdapterSet* merge = nullptr;  ///< added to the weights on the way
};

/// What was written.
struct ConvertReport {
  std::vector<std::filesystem::path> files;  ///< written, below the destination
  std::vector<std::string> notes;            ///< choices a user should know of
};

/// Writes the model at `from` into the folder `to`. Tensors move bit for bit when the type stays;
/// metadata, licence and notice files, tokenizers and scheduler go along. Memory stays at one
/// tensor. Errors: those of open_model; `weights.*` when a part is not complete; `file.exists` when
/// `to` holds a model already; `file.*`.
ConvertReport convert_model(const std::filesystem::path& from, const std::filesystem::path& to,
                            const ConvertOptions& options, const Progress& progress = {});

/// The same for one network, into a single file with the names that it has; a config without a file
/// of its own goes into the metadata. Error: `adapter.not_one_network` when there are several.
ConvertReport convert_to_file(const std::filesystem::path& from, const std::filesystem::path& to,
                              const ConvertOptions& options, const Progress& progress = {});

}  // namespace newbie::model_tools
