#pragma once
/// Watching a forward pass by the checkpoint path of each part ("layers.3.attention").

#include <functional>
#include <string_view>

#include "tensor/tensor.h"

namespace newbie::nn {

/// Sees outputs as they are made. Never changes them; must not throw.
using Observer = std::function<void(std::string_view path, const Tensor& value)>;

/// Reports `value` when somebody watches. Costs one comparison otherwise.
inline void observe(const Observer& observer, std::string_view path, const Tensor& value) {
  if (observer) observer(path, value);
}

}  // namespace newbie::nn
