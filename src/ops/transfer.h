#pragma once
/// Tensors from one device to another.

#include "tensor/tensor.h"

namespace newbie::ops {

/// The same values on `device`; x itself when it lies there already. Memory is counted under the
/// current tag of `device`.
Tensor to_device(const Tensor& x, const Device& device);

/// The same values in host memory, once the device has made them; x itself when it lies there.
Tensor to_host(const Tensor& x);

}  // namespace newbie::ops
