#pragma once
/// Whether the ops of a device compute what they should, asked on the machine of whoever uses them.

#include <string>
#include <vector>

#include "tensor/tensor.h"

namespace newbie::ops {

/// One implementation of one op, asked with one type.
struct OpCheck {
  std::string op;
  std::string candidate;
  DType type = DType::f32;
  std::string declined;  ///< why it was not asked; "" when it was
  std::string failure;   ///< what it threw; "" when it answered
  double error = 0;      ///< relative distance of its answer from the reference's
  double allowed = 0;

  bool passed() const { return declined.empty() && failure.empty() && error <= allowed; }
  bool failed() const { return declined.empty() && !passed(); }
};

/// Asks every candidate of every forward op on `device`, at small awkward shapes, in f32 and bf16,
/// and compares with the reference on the host. Cost: about a second.
std::vector<OpCheck> self_test(const Device& device);

}  // namespace newbie::ops
