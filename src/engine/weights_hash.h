#pragma once
/// Content hashes of weight files, for the recipe inside a picture.

#include <filesystem>
#include <map>
#include <string>

#include "models/model_folder.h"
#include "tensor/device.h"

namespace newbie::engine {

/// XXH3-64 over the XXH3-64 of consecutive 16 MiB pieces, in hex: the same for any thread count.
/// Reads the file past the page tables, so resident memory does not grow. Errors: `file.*`.
std::string hash_file(const std::filesystem::path& path, const Device& device);

/// Hashes of files that were read already.
using FileHashes = std::map<std::filesystem::path, std::string>;

/// Path below the model folder -> hash, for every weight file of the parts that a picture needs.
/// Files in `known` are not read again; others are added to it.
std::map<std::string, std::string> hash_weights(const ModelFolder& model, const Device& device,
                                                FileHashes& known);

}  // namespace newbie::engine
