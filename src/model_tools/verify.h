#pragma once
/// Is this model whole and sound? Everything that is wrong, not only the first.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "model_tools/parts.h"

namespace newbie::model_tools {

/// How closely to look.
struct VerifyOptions {
  bool values = true;                    ///< read every value and look for NaN and infinity
  std::filesystem::path hash_list = {};  ///< lines of `sha256sum`; empty: none
  int threads = 0;                       ///< 0 = all
};

/// One thing that is wrong with a model.
struct Finding {
  std::string part;  ///< "transformer", or "" for the model as a whole
  std::string code;  ///< as the error that loading would raise
  std::string text;
  std::string fix;  ///< may be empty
};

/// Everything that is wrong, and how much was looked at.
struct VerifyReport {
  std::vector<Finding> findings;
  uint64_t tensors = 0;
  uint64_t bytes_read = 0;
  bool sound() const { return findings.empty(); }
};

/// Checks tensors against configs, values, tokenizers against vocabularies, and hashes.
/// Errors: `file.missing`, `model.unknown_layout` (nothing to verify); the rest are findings.
VerifyReport verify_model(const std::filesystem::path& path, const VerifyOptions& options,
                          const Progress& progress = {});

/// Values of one tensor that are no numbers.
struct NotFinite {
  std::string tensor;
  uint64_t nans = 0;
  uint64_t infinities = 0;
};

/// Every tensor with such values, by its name in the file; pages are given back as they are read.
std::vector<NotFinite> find_not_finite(const io::SafetensorsFile& file, int threads,
                                       const std::function<void(uint64_t)>& read = {});

/// SHA-256 of a file, read once. `read` gets the bytes as they pass.
std::string sha256_of(const std::filesystem::path& path,
                      const std::function<void(uint64_t)>& read = {});

}  // namespace newbie::model_tools
