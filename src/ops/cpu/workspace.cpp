#include "ops/cpu/workspace.h"

namespace newbie::ops::cpu {

Workspaces::Workspaces(const Device& device, size_t bytes)
    : device_(device), scope_(device, MemoryUse::workspace), bytes_(bytes) {}

Tensor Workspaces::take() {
  {
    const std::lock_guard lock(mutex_);
    if (!free_.empty()) {
      Tensor block = std::move(free_.back());
      free_.pop_back();
      return block;
    }
  }
  return Tensor::empty(Shape{static_cast<int64_t>(bytes_)}, DType::u8, device_);
}

void Workspaces::give_back(Tensor block) {
  const std::lock_guard lock(mutex_);
  free_.push_back(std::move(block));
}

}  // namespace newbie::ops::cpu
