#include "tensor/absent_weights.h"

#include <gtest/gtest.h>

#include "support/accelerators.h"

namespace newbie {
namespace {

/// Tensors made as one block of a network would, and the storages they took.
struct Block {
  Block(const Device& device, int number) {
    const MemoryScope scope(device, Component::dit, MemoryUse::weights);
    const StorageRecording recording(device);
    first = Tensor::from(std::vector<float>(100, static_cast<float>(number)), {100}, device);
    Tensor::from(std::vector<float>(5000, -1.0f), {5000}, device);  // gone when the block is built
    second = Tensor::from(std::vector<float>(3000, static_cast<float>(-number)), {3000}, device);
    const MemoryScope run(device, MemoryUse::activations);
    activation = Tensor::from(std::vector<float>(10, 7.0f), {10}, device);
    storages = recording.storages();
  }
  Tensor first, second, activation;
  std::vector<std::shared_ptr<Storage>> storages;
};

uint64_t live_weights(const Device& device) {
  return device.allocator().report().of(Component::dit, MemoryUse::weights).live;
}

/// The host, then the machine's NVIDIA device.
class AbsentWeights : public ::testing::TestWithParam<size_t> {
 protected:
  void SetUp() override {
    if (GetParam() > 0) device_ = test::accelerators()[GetParam() - 1];
  }
  Device device_ = Device::cpu(1);
};

TEST_P(AbsentWeights, ARecordingHoldsTheWeightsThatStay) {
  const Block block(device_, 1);
  ASSERT_EQ(block.storages.size(), 2u);
  EXPECT_EQ(block.storages[0]->bytes(), 400u);
  EXPECT_EQ(block.storages[1]->bytes(), 12000u);
}

TEST_P(AbsentWeights, ParkedWeightsTakeNoDeviceMemoryAndComeBackAsTheyWere) {
  Block block(device_, 3);
  ParkedWeights parked(device_, std::move(block.storages));
  EXPECT_EQ(live_weights(device_), 0u);
  for (int round = 0; round < 2; ++round) {
    const MemoryScope scope(device_, Component::dit, MemoryUse::activations);
    parked.arrive();
    EXPECT_GE(live_weights(device_), 12400u);
    EXPECT_EQ(block.first.to_floats(), std::vector<float>(100, 3.0f));
    EXPECT_EQ(block.second.to_floats(), std::vector<float>(3000, -3.0f));
    parked.leave();
    EXPECT_EQ(live_weights(device_), 0u);
  }
}

TEST_P(AbsentWeights, StreamedBlocksAreThereWhenTheyAreHeld) {
  for (const int count : {1, 2, 3, 6}) {
    StreamedWeights stream(device_);
    std::vector<Block> blocks;
    for (int i = 0; i < count; ++i) {
      blocks.emplace_back(device_, i);
      stream.add(std::move(blocks.back().storages));
    }
    EXPECT_EQ(live_weights(device_), 0u);
    EXPECT_EQ(stream.bytes_per_pass(), static_cast<uint64_t>(count) * (512 + 12032));
    const MemoryScope scope(device_, Component::dit, MemoryUse::activations);
    for (int pass = 0; pass < 3; ++pass) {
      for (int i = 0; i < count; ++i) {
        stream.hold(static_cast<size_t>(i));
        const auto& block = blocks[static_cast<size_t>(i)];
        EXPECT_EQ(block.first.to_floats(), std::vector<float>(100, static_cast<float>(i)));
        EXPECT_EQ(block.second.to_floats(), std::vector<float>(3000, static_cast<float>(-i)));
      }
    }
    EXPECT_EQ(live_weights(device_), 2 * 12544u);  // two buffers, whatever the number of blocks
  }
}

TEST(AbsentWeightsPlanned, TakeWhatTheyWouldTake) {
  const auto story = [](const Device& device) {
    StreamedWeights stream(device);
    std::vector<Block> blocks;
    for (int i = 0; i < 4; ++i) {
      blocks.emplace_back(device, i);
      stream.add(std::move(blocks.back().storages));
    }
    const MemoryScope scope(device, Component::dit, MemoryUse::activations);
    for (size_t i = 0; i < 4; ++i) stream.hold(i);
    const MemoryReport report = device.allocator().report();
    return report.of(Component::dit, MemoryUse::weights);
  };
  const MemoryCount real = story(Device::cpu(1));
  const MemoryCount planned = story(Device::planning(DeviceKind::cuda));
  EXPECT_EQ(planned.live, real.live);
  EXPECT_EQ(planned.peak, real.peak);
}

INSTANTIATE_TEST_SUITE_P(Devices, AbsentWeights,
                         ::testing::Range(size_t{0}, test::accelerators().size() + 1));

}  // namespace
}  // namespace newbie
