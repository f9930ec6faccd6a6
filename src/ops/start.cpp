#include "ops/start.h"

#include "ops/candidate_lists.h"

namespace newbie::ops {

Tensor start(const Device& device) {
  if (device.kind() == DeviceKind::cpu) return {};
  if (!device.plans()) {
    start_there(device);
    return {};
  }
  const MemoryScope scope(device, kLibraryScratchTag.component, kLibraryScratchTag.use);
  return Tensor::empty({static_cast<int64_t>(kLibraryScratch)}, DType::u8, device);
}

}  // namespace newbie::ops
