#include <gtest/gtest.h>

#include "tensor/tensor.h"

namespace newbie {
namespace {

TEST(Planning, CountsBytesLikeADeviceWithMemory) {
  const auto story = [](const Device& device) {
    {
      const MemoryScope scope(device, Component::dit, MemoryUse::weights);
      const Tensor weight = Tensor::zeros({1000, 1000}, DType::bf16, device);
      const MemoryScope run(device, MemoryUse::activations);
      for (int i = 0; i < 3; ++i) Tensor::from(std::vector<float>(777777, 1.0f), {777777}, device);
      Tensor::empty({5}, DType::f32, device);
    }
    return device.allocator().report();
  };
  const MemoryReport real = story(Device::cpu(1));
  for (const DeviceKind kind : {DeviceKind::cpu, DeviceKind::cuda}) {
    const MemoryReport planned = story(Device::planning(kind, 1));
    EXPECT_EQ(planned.total.peak, real.total.peak);
    EXPECT_EQ(planned.reserved.peak, real.reserved.peak);
    EXPECT_EQ(planned.cached, real.cached);
    EXPECT_EQ(planned.of(Component::dit, MemoryUse::weights).peak,
              real.of(Component::dit, MemoryUse::weights).peak);
  }
}

TEST(Planning, TensorsLargerThanTheMachineCostNothing) {
  const Device device = Device::planning(DeviceKind::cuda);
  const Tensor huge = Tensor::zeros({int64_t{1} << 40}, DType::u8, device);
  EXPECT_EQ(device.allocator().report().total.live, uint64_t{1} << 40);
  EXPECT_TRUE(device.plans());
  EXPECT_FALSE(Device::cpu(1).plans());
}

TEST(Planning, ALimitHoldsForBlocksInUseAndKeptOnesTogether) {
  const Device device = Device::planning(DeviceKind::cuda);
  constexpr int64_t kMiB = int64_t{1} << 20;
  device.allocator().set_limit(100 * kMiB);
  { const Tensor kept = Tensor::empty({60 * kMiB}, DType::u8, device); }
  EXPECT_EQ(device.allocator().report().cached, uint64_t{60 * kMiB});
  // 60 kept and 50 asked for are more than 100: what is kept goes first.
  const Tensor half = Tensor::empty({50 * kMiB}, DType::u8, device);
  EXPECT_EQ(device.allocator().report().cached, 0u);
  try {
    Tensor::empty({51 * kMiB}, DType::u8, device);
    FAIL() << "more than the limit was given";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "memory.exhausted");
    EXPECT_NE(std::string(error.what()).find("of 100 MiB allowed"), std::string::npos)
        << error.what();
  }
  EXPECT_EQ(device.allocator().report().reserved.peak, uint64_t{60 * kMiB});
}

}  // namespace
}  // namespace newbie
