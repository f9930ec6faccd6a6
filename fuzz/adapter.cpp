// Any bytes as an adapter's file: an Error, or an adapter that can be described and merged.
#include <cstdint>

#include "adapters/delta.h"
#include "adapters/read.h"
#include "adapters/report.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace newbie;
  const auto owner = std::make_shared<const std::string>(reinterpret_cast<const char*>(data), size);
  try {
    const auto file = io::SafetensorsFile::from_bytes(std::as_bytes(std::span(*owner)), owner,
                                                      "adapter.safetensors");
    const auto adapter = adapters::read_adapter(file, nullptr);
    adapters::to_text(*adapter);
    for (const adapters::Module& module : adapter->modules) {
      constexpr int64_t kSmall = 1 << 16;
      if (module.weight.numel() > kSmall) continue;
      const Tensor zeros = Tensor::zeros(module.weight, DType::f32, Device::cpu(1));
      adapters::merged(zeros, {{&module, 0.5}}, DType::bf16);
    }
  } catch (const Error& error) {
    if (error.code().starts_with("internal.")) __builtin_trap();
  }
  return 0;
}
