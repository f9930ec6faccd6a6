#include "tensor/device.h"

#include "base/error.h"
#include "tensor/keep_memory.h"

namespace newbie {

Device Device::cuda(int) {
  throw Error("device.unavailable", "this build of newbie has no support for NVIDIA devices")
      .hint("use --device cpu, or build with nvcc and -DNEWBIE_CUDA=ON");
}

void keep_freed_memory(const Device&) {}

}  // namespace newbie
