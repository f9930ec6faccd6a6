#pragma once
/// Trained networks back into a folder in the published layout.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models/model_folder.h"
#include "train/optim/parameter.h"

namespace newbie::train {

/// Writes a whole model: trained parts from `parameters` (named "part.path") in `dtype`, everything
/// else of `from` as it is (weights are linked where the disk allows, else copied). Tensors of a
/// trained part that no network reads come from its old weights, or start fresh with `seed`.
/// `configs` replaces the config.json of parts. Errors: `train.layout`, `file.*`, `weights.*`.
void write_model(const std::filesystem::path& folder, const ModelFolder& from,
                 const std::vector<std::string>& trained, const std::vector<Parameter>& parameters,
                 DType dtype, uint64_t seed,
                 const std::map<std::string, std::string>& configs = {});

}  // namespace newbie::train
