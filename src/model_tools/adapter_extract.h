#pragma once
/// An adapter from the difference of two checkpoints.

#include <filesystem>
#include <string>
#include <vector>

#include "adapters/adapter.h"
#include "model_tools/parts.h"

namespace newbie::model_tools {

/// How wide the adapter is, and which matrices it may change.
struct ExtractOptions {
  int64_t rank = 32;
  /// Paths of modules end in one of these ("attention.qkv"); empty: all matrices.
  std::vector<std::string> targets = {};
  int threads = 0;
};

/// How much of one matrix' difference the adapter holds.
struct ExtractedLayer {
  std::string path;
  int64_t rank = 0;
  double difference = 0;  ///< |tuned - base|
  double error = 0;       ///< |tuned - base - adapter| / |tuned - base|
};

/// The adapter, and how much of the difference it holds.
struct Extraction {
  adapters::Adapter adapter;           ///< factors in f32
  std::vector<ExtractedLayer> layers;  ///< matrices that differ, by path
  int64_t unchanged = 0;               ///< matrices that do not
  std::vector<std::string> left_out;   ///< tensors that differ and that no low-rank pair can hold
  double error = 0;                    ///< over all layers together
};

/// LoRA of the given rank by truncated SVD of every matrix' difference, of all networks that both
/// models have. Errors: those of open_model; `adapter.models_differ` when a tensor has another
/// shape or is missing; `adapter.no_difference`; `adapter.no_target`.
Extraction extract_adapter(const std::filesystem::path& base, const std::filesystem::path& tuned,
                           const ExtractOptions& options, const Progress& progress = {});

}  // namespace newbie::model_tools
