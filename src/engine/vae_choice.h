#pragma once
/// Which VAE a request means.

#include <filesystem>
#include <string>
#include <vector>

#include "models/model_folder.h"

namespace newbie::engine {

/// The VAE of a request: the model's own for "", a path that exists, or the name of one that lies
/// beside the model's own. Errors: `model.unknown_vae`, with the names there are.
std::filesystem::path find_vae(const ModelFolder& model, const std::string& wanted);

/// Names that find_vae knows in this model, sorted.
std::vector<std::string> vae_names(const ModelFolder& model);

}  // namespace newbie::engine
