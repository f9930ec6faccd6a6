#pragma once
/// For long runs whose blocks are of ever other sizes, such as training.

#include "tensor/device.h"

namespace newbie {

/// From now on most of what the device's allocator gives back stays with the process, so that
/// blocks of other sizes are made of it without asking the system. Only NVIDIA devices know a
/// difference.
void keep_freed_memory(const Device& device);

}  // namespace newbie
