#include "tensor/device_list.h"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <fstream>

#include "base/error.h"

namespace newbie {
namespace {

std::string version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

std::string driver_version() {
  std::ifstream file("/sys/module/nvidia/version");
  std::string version;
  file >> version;
  return version;
}

DeviceDescription describe(int index) {
  DeviceDescription device;
  device.name = fmt::format("cuda:{}", index);
  cudaDeviceProp properties{};
  if (cudaGetDeviceProperties(&properties, index) == cudaSuccess) {
    device.model = properties.name;
    device.capability = fmt::format("{}.{}", properties.major, properties.minor);
  }
  try {
    device.memory = Device::cuda(index).memory();
  } catch (const Error& error) {
    device.refusal = error.what();
  }
  return device;
}

}  // namespace

DeviceList list_devices() {
  DeviceList list;
  int runtime = 0, count = 0;
  if (cudaRuntimeGetVersion(&runtime) == cudaSuccess) list.runtime = version_text(runtime);
  list.driver = driver_version();
  const cudaError_t found = cudaGetDeviceCount(&count);
  if (found != cudaSuccess) {
    cudaGetLastError();
    list.absence = cudaGetErrorString(found);
    return list;
  }
  for (int index = 0; index < count; ++index) list.devices.push_back(describe(index));
  return list;
}

}  // namespace newbie
