#pragma once
/// Memory for time: a part of a network keeps its inputs alone and is computed again on the way
/// back.

#include <functional>

#include "tensor/tensor.h"

namespace newbie::grad {

using Part = std::function<Tensor(const std::vector<Tensor>& inputs)>;

/// part(inputs), of which only the inputs stay in memory until its gradient is asked for; then it
/// runs a second time. Parameters that the part reads get their gradients as usual; every other
/// tensor with a gradient must be among the inputs (undefined ones may be). What the part captures
/// must live until then. Without recording: just part(inputs). Error: `grad.recompute` for a tensor
/// that came in by another way.
Tensor recompute(const Part& part, const std::vector<Tensor>& inputs);

}  // namespace newbie::grad
