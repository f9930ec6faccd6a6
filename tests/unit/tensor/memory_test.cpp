// Counting and reusing memory.

#include "tensor/memory.h"

#include <gtest/gtest.h>

#include "tensor/tensor.h"

namespace newbie {
namespace {

constexpr size_t kMiB = size_t{1} << 20;

Tensor of_bytes(size_t bytes, const Device& device) {
  return Tensor::empty({static_cast<int64_t>(bytes)}, DType::u8, device);
}

uint64_t live(const Device& device, Component component, MemoryUse use) {
  return device.allocator().report().of(component, use).live;
}

TEST(Memory, CountsByComponentAndUse) {
  const Device device = Device::cpu(1);
  Tensor outside = of_bytes(64, device), inside, nested;
  {
    const MemoryScope dit(device, Component::dit, MemoryUse::weights);
    inside = of_bytes(4 * kMiB, device);
    const MemoryScope workspace(device, MemoryUse::workspace);
    nested = of_bytes(2 * kMiB, device);
  }
  EXPECT_EQ(live(device, Component::other, MemoryUse::activations), 64u);
  EXPECT_EQ(live(device, Component::dit, MemoryUse::weights), 4 * kMiB);
  EXPECT_EQ(live(device, Component::dit, MemoryUse::workspace), 2 * kMiB);
  EXPECT_EQ(device.allocator().report().total.live, 6 * kMiB + 64);
  inside = {};
  EXPECT_EQ(live(device, Component::dit, MemoryUse::weights), 0u);
  EXPECT_EQ(device.tag().component, Component::other) << "scopes end";
}

TEST(Memory, FreedActivationsAreReusedAndCounted) {
  const Device device = Device::cpu(1);
  const std::byte* first;
  {
    const Tensor x = of_bytes(4 * kMiB, device);
    first = x.raw();
  }
  EXPECT_EQ(device.allocator().report().cached, 4 * kMiB);
  const Tensor again = of_bytes(4 * kMiB - 100, device);
  EXPECT_EQ(again.raw(), first) << "the same block";
  EXPECT_EQ(device.allocator().report().cached, 0u);
}

TEST(Memory, MuchLargerBlocksAreNotTaken) {
  const Device device = Device::cpu(1);
  of_bytes(32 * kMiB, device);
  const Tensor small = of_bytes(2 * kMiB, device);
  EXPECT_EQ(device.allocator().report().cached, 32 * kMiB);
  EXPECT_EQ(device.allocator().report().total.live, 2 * kMiB);
  device.allocator().trim();
  EXPECT_EQ(device.allocator().report().cached, 0u);
}

TEST(Memory, BatchesOfOtherSizesDoNotFillADevice) {
  const Device device = Device::planning(DeviceKind::cuda);
  constexpr size_t kGiB = size_t{1} << 30;
  for (const size_t gib : {16, 13, 10, 8, 6, 5, 4, 8, 12, 16}) of_bytes(gib * kGiB, device);
  const MemoryReport report = device.allocator().report();
  EXPECT_EQ(report.total.peak, 16 * kGiB);
  EXPECT_EQ(report.reserved.live, report.cached);
  EXPECT_LE(report.reserved.peak, 25 * kGiB) << "half as much again, and one to spare";
}

TEST(Memory, WhatComesNearestBelowANewBlockGoesBackFirst) {
  const Device device = Device::planning(DeviceKind::cuda);
  constexpr size_t kGiB = size_t{1} << 30;
  {
    const Tensor a = of_bytes(2 * kGiB, device), b = of_bytes(6 * kGiB, device),
                 c = of_bytes(10 * kGiB, device);
  }
  of_bytes(8 * kGiB, device);  // 26 of 28 GiB that may be reserved
  of_bytes(4 * kGiB, device);  // for it the 2 are given back
  EXPECT_EQ(device.allocator().report().cached, 28 * kGiB);
  const uint64_t before = device.allocator().report().reserved.live;
  for (const size_t gib : {4, 6, 8, 10}) {
    of_bytes(gib * kGiB, device);
    EXPECT_EQ(device.allocator().report().reserved.live, before) << gib << " GiB were still there";
  }
}

TEST(Memory, WeightsGoBackToTheSystem) {
  const Device device = Device::cpu(1);
  {
    const MemoryScope weights(device, Component::vae, MemoryUse::weights);
    of_bytes(4 * kMiB, device);
  }
  EXPECT_EQ(device.allocator().report().cached, 0u);
  EXPECT_EQ(device.allocator().report().total.live, 0u);
}

TEST(Memory, PeaksStayUntilReset) {
  const Device device = Device::cpu(1);
  { const Tensor a = of_bytes(2 * kMiB, device), b = of_bytes(2 * kMiB, device); }
  const Tensor c = of_bytes(2 * kMiB, device);
  EXPECT_EQ(device.allocator().report().total.peak, 4 * kMiB);
  EXPECT_EQ(device.allocator().report().total.live, 2 * kMiB);
  device.allocator().reset_peaks();
  EXPECT_EQ(device.allocator().report().total.peak, 2 * kMiB);
}

TEST(Memory, MappedBytesCountUnderTheirTag) {
  const Device device = Device::cpu(1);
  const auto owner = std::make_shared<std::vector<std::byte>>(1000);
  {
    const MemoryScope weights(device, Component::encoder, MemoryUse::weights);
    const Storage mapped(device, std::span<const std::byte>(*owner), owner);
    EXPECT_EQ(live(device, Component::encoder, MemoryUse::weights), 1000u);
  }
  EXPECT_EQ(live(device, Component::encoder, MemoryUse::weights), 0u);
}

TEST(Memory, BlocksAreAligned) {
  const Device device = Device::cpu(1);
  for (size_t bytes : {size_t{0}, size_t{1}, size_t{65}, kMiB - 1, kMiB, 3 * kMiB}) {
    const Tensor x = of_bytes(bytes, device);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(x.raw()) % 64, 0u) << bytes;
  }
}

TEST(Memory, ExhaustionSaysWhatWasAsked) {
  const Device device = Device::cpu(1);
  try {
    of_bytes(size_t{1} << 60, device);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), "memory.exhausted");
    EXPECT_NE(std::string(error.what()).find("MiB more for other activations"), std::string::npos);
    EXPECT_FALSE(error.hint_text().empty());
  }
}

}  // namespace
}  // namespace newbie
