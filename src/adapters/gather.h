#pragma once
/// From the tensors of a file to modules: the inside of read_adapter.

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "adapters/keys.h"
#include "adapters/scale.h"
#include "adapters/targets.h"
#include "io/safetensors.h"

namespace newbie::adapters {

/// The tensors that belong to one module of a file, as they turn up.
struct Gathered {
  std::string stem;
  std::optional<Targets::Found> found;
  std::optional<Kind> kind;
  std::string kind_from;  ///< the tensor that told the kind
  std::array<const io::TensorEntry*, kFactors> entries{};
  const io::TensorEntry* alpha = nullptr;
  bool bias_is_scaled = false;  ///< PEFT adds it before scaling

  /// Errors: `adapter.duplicate`, `adapter.mixed_kinds`.
  void add(const Key& key, const io::TensorEntry& entry);
};

/// A module, and the rows of its target that the file changes.
struct Part {
  Module module;
  int64_t row_begin = 0;
  int64_t row_end = 0;
};

/// Checks a module's tensors against each other and against the target, and reads alpha. Problems
/// with shapes are added to `problems`, one line each; then nothing comes back.
/// Errors: `adapter.incomplete`, `adapter.not_finite`, `adapter.unsupported`.
std::optional<Part> make_part(const Gathered& gathered, const io::SafetensorsFile& file,
                              const Scaling& scaling, bool& alpha_is_known,
                              std::vector<std::string>& problems);

/// Parts that are rows of one weight, as a change of the whole weight. Errors: `adapter.duplicate`
/// when they overlap, `adapter.incomplete` when the parts of a DoRA do not cover it.
Module join(std::vector<Part> parts, const Shape& weight);

}  // namespace newbie::adapters
