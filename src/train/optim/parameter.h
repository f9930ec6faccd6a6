#pragma once
/// What a run learns, as optimisers, averages and saved states see it.

#include <string>
#include <vector>

#include "grad/parameter.h"

namespace newbie::train {

/// How the optimiser treats a parameter.
enum class Role : uint8_t {
  matrix,     ///< a product's weight inside a block, or a convolution's: Muon's
  other,      ///< a product's weight elsewhere
  embedding,  ///< a table of rows
  vector,     ///< bias or norm: never pulled towards zero
};

/// A leaf of the gradients with its role and, where it computes in fewer bits, its value in f32.
struct Parameter {
  Parameter(const grad::Parameter& learned, Role treated_as, Tensor exact_value = {})
      : leaf(learned), role(treated_as), master(std::move(exact_value)) {}

  const std::string& name() const { return leaf.name(); }
  /// The exact value.
  Tensor exact() const { return master.defined() ? master : leaf.values(); }
  const Tensor& gradient() const { return leaf.gradient(); }

  grad::Parameter leaf;  ///< "transformer.layers.0.attention.qkv.weight", in the type that computes
  Role role;
  Tensor master;  ///< the value in f32; undefined when the leaf is f32 itself
};

/// A parameter that starts as `initial`, in `compute` when it has rows and columns, in f32
/// otherwise. The memory is its own.
Parameter make_parameter(std::string name, Role role, const Tensor& initial, DType compute,
                         const Device& device);

/// Writes `exact` (f32) into a parameter. The next forward pass sees it.
void assign(Parameter& parameter, const Tensor& exact);

/// The exact values of all parameters, in memory of their own.
std::vector<Tensor> exact_copies(const std::vector<Parameter>& parameters);

/// A tensor named for a file.
struct NamedTensor {
  std::string name;
  Tensor tensor;
};

}  // namespace newbie::train
