#pragma once
/// From the name of a device to the device.

#include <string>

#include "tensor/device.h"

namespace newbie::engine {

/// "cpu", "cuda", "cuda:N", or "auto": the first NVIDIA device that can be used, else the host.
/// `threads` of the host, 0 = all. Errors: `request.device` for another name,
/// `device.unavailable` where an NVIDIA device was asked for and none can be used.
Device device_named(const std::string& name, int threads);

}  // namespace newbie::engine
