#pragma once
/// Content hashes of weight files, for the recipe inside a picture.

#include <filesystem>
#include <future>
#include <map>
#include <string>

#include "engine/file_hashes.h"
#include "models/model_folder.h"
#include "tensor/device.h"

namespace newbie::engine {

/// XXH3-64 over the XXH3-64 of consecutive 16 MiB pieces, in hex: the same for any thread count.
/// Reads the file past the page tables, so resident memory does not grow. Errors: `file.*`.
std::string hash_file(const std::filesystem::path& path, const Device& device);

/// Path below the model folder -> hash, for every weight file of the parts that a picture needs.
/// Files in `known` are not read again; others are added to it.
std::map<std::string, std::string> hash_weights(const ModelFolder& model, const Device& device,
                                                FileHashes& known);

/// hash_weights beside other work. `known` is its own until the hashes were taken.
class BackgroundHashes {
 public:
  BackgroundHashes(const ModelFolder& model, int threads, FileHashes& known);
  /// Stops reading when nobody took the hashes.
  ~BackgroundHashes() { stop_.request(); }
  BackgroundHashes(const BackgroundHashes&) = delete;
  BackgroundHashes& operator=(const BackgroundHashes&) = delete;

  /// Waits for them. Errors: `file.*`.
  std::map<std::string, std::string> take() { return hashes_.get(); }

 private:
  CancelToken stop_;
  std::future<std::map<std::string, std::string>> hashes_;
};

}  // namespace newbie::engine
