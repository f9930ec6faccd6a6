#pragma once
/// Models with random values: every name, shape and file of a published model, no training.

#include <filesystem>
#include <vector>

#include "model_tools/layout.h"
#include "model_tools/presets.h"

namespace newbie::model_tools {

/// How the model is laid out, and the seed of its values.
struct SynthOptions {
  Layout layout = Layout::diffusers;
  DType dtype = DType::bf16;
  uint64_t seed = 0;
  int threads = 0;  ///< 0 = all
};

/// Bytes of tensors that synth_model would write.
uint64_t synth_bytes(const Preset& preset, const SynthOptions& options);

/// Writes the model into the folder `to`; memory stays at some megabytes. The same seed gives the
/// same values in every layout. Returns the files, below `to`.
/// Errors: `file.exists` when `to` is not empty; `file.*`.
std::vector<std::filesystem::path> synth_model(const Preset& preset,
                                               const std::filesystem::path& to,
                                               const SynthOptions& options,
                                               const Progress& progress = {});

}  // namespace newbie::model_tools
