#pragma once
/// The devices beside the host that tests ask the same questions of.

#include <cstdlib>
#include <vector>

#include "base/error.h"
#include "tensor/device.h"

namespace newbie::test {

/// The first NVIDIA device, where the build and the machine have one. With NEWBIE_REQUIRE_CUDA set
/// its absence is an error, so that a run meant for it cannot pass without it. It is never given
/// back: when static objects go, parts of the libraries that it holds plans of are gone already.
inline const std::vector<Device>& accelerators() {
  static const auto& found = *new const std::vector<Device>([]() -> std::vector<Device> {
    try {
      return {Device::cuda(0)};
    } catch (const Error& error) {
      if (std::getenv("NEWBIE_REQUIRE_CUDA")) throw;
      return {};
    }
  }());
  return found;
}

}  // namespace newbie::test
