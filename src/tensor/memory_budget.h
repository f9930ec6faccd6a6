#pragma once
/// What of a device's memory a program may count on.

#include "tensor/device.h"

namespace newbie {

/// Bytes that tensors may take of a device. What decides results is chosen by what the device has,
/// not by what happens to be free.
struct MemoryBudget {
  uint64_t installed = 0;
  uint64_t available = 0;
};

/// What an NVIDIA device has for tensors beside what driver and libraries keep for themselves, with
/// `limit` (0 = none) taken into account. Of tensors that this program holds already, `held`.
MemoryBudget budget_of(const HardwareMemory& memory, uint64_t limit, uint64_t held);

/// Bytes set aside for what no allocator of ours sees: the driver's context, 0.5 GiB on an H100
/// before anything is computed, and the kernels that libraries load later.
inline constexpr uint64_t kDriverShare = uint64_t{640} << 20;

}  // namespace newbie
