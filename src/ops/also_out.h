#pragma once

#include "tensor/tensor.h"

namespace newbie::ops {

/// A result of an op beside its first: candidates write to it.
struct AlsoOut {
  Tensor& tensor;
};

}  // namespace newbie::ops
