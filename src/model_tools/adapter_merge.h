#pragma once
/// Adapters put into the weights for good.

#include <filesystem>
#include <optional>
#include <vector>

#include "adapters/adapter.h"
#include "model_tools/convert.h"

namespace newbie::model_tools {

/// Writes the model at `from` with the adapters merged: W + sum of strength * change, added in f32
/// and rounded once to the type of each tensor. `to` is a new folder in the layout of `from`, or,
/// when it ends in .safetensors, a file with the one network of `from`. Everything else moves bit
/// for bit. Errors: those of convert_model; `adapter.no_match`, `adapter.shape_mismatch`;
/// `adapter.not_one_network` for a file from several networks; `file.exists`.
ConvertReport merge_adapters(const std::filesystem::path& from,
                             const std::vector<adapters::AdapterRequest>& requests,
                             const std::filesystem::path& to, std::optional<DType> dtype,
                             int threads, const Progress& progress = {});

}  // namespace newbie::model_tools
