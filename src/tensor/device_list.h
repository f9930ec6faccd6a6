#pragma once
/// The NVIDIA devices of this machine, whether they can be used or not.

#include <string>
#include <vector>

#include "tensor/device.h"

namespace newbie {

struct DeviceDescription {
  std::string name;        ///< what --device takes: "cuda:0"
  std::string model;       ///< "NVIDIA H100 80GB HBM3"
  std::string capability;  ///< "9.0"
  HardwareMemory memory;
  std::string refusal;  ///< why it cannot be used; "" when it can
  bool usable() const { return refusal.empty(); }
};

struct DeviceList {
  std::vector<DeviceDescription> devices;
  std::string absence;  ///< why there is none; "" when there is one
  std::string driver;   ///< version of the kernel's driver; "" when there is none
  std::string runtime;  ///< version of CUDA this program runs with; "" when built without
};

/// Cost: opens every device, some tenths of a second each.
DeviceList list_devices();

}  // namespace newbie
