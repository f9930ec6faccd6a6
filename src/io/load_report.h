#pragma once
/// What a network found in its weights, told all at once.

#include <cstdint>
#include <string>
#include <vector>

#include "base/error.h"
#include "tensor/shape.h"

namespace newbie::io {

enum class Strictness {
  strict,            ///< missing, mis-shaped and unexpected tensors are errors
  allow_unexpected,  ///< unexpected tensors are only listed
};

struct ShapeMismatch {
  std::string name;
  Shape found;
  Shape expected;
};

/// Names are ours, except in `unexpected` and `ignored`, which hold the file's.
struct LoadReport {
  std::string network;  ///< "next_dit"
  std::string source;   ///< the file or folder
  std::string layout;   ///< names table that matched
  std::string prefix;   ///< what was stripped from every name
  uint64_t used = 0;    ///< tensors taken
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  std::vector<ShapeMismatch> mis_shaped;
  std::vector<std::string> mis_typed;  ///< parameters that are no floating numbers: "x is u8"
  std::vector<std::string> ignored;
  std::vector<std::string> notes;  ///< choices made while reading ("by shape: ...")

  bool complete() const { return missing.empty() && mis_shaped.empty() && mis_typed.empty(); }
  bool acceptable(Strictness strictness) const {
    return complete() && (strictness == Strictness::allow_unexpected || unexpected.empty());
  }
  /// One error with the first 20 of each kind and their counts. Code: `weights.missing`,
  /// `weights.shape_mismatch`, `weights.unsupported_dtype` or `weights.unexpected` when one kind
  /// occurred, else `weights.mismatch`.
  Error error(Strictness strictness) const;
};

}  // namespace newbie::io
