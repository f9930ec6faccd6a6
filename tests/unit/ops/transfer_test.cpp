#include "ops/transfer.h"

#include <gtest/gtest.h>

#include <cstring>

namespace newbie::ops {
namespace {

TEST(ToDevice, BytesOfAFileAreReadBySourceAndNotThroughTheMapping) {
  const std::vector<float> mapped(6, -1.0f), file{0, 1, 2, 3, 4, 5};
  const ByteSource source = [&](size_t at, std::byte* to, size_t bytes) {
    std::memcpy(to, reinterpret_cast<const std::byte*>(file.data()) + at, bytes);
  };
  const Device host = Device::cpu(1), device = Device::cpu(1);
  const auto owner = std::make_shared<int>(0);
  const Tensor stored(
      std::make_shared<Storage>(host, std::as_bytes(std::span(mapped)), owner, nullptr, source), 0,
      {3, 2}, DType::f32);

  EXPECT_EQ(to_device(stored, device).to_floats(), file);
  EXPECT_EQ(to_device(stored.slice(1, 3), device).to_floats(), (std::vector<float>{2, 3, 4, 5}));
  EXPECT_EQ(to_device(stored, host).raw(), stored.raw()) << "it lies there already";
}

TEST(ToDevice, BytesWithoutASourceAreCopied) {
  const Tensor x = Tensor::from(std::vector<float>{1, 2, 3, 4}, {2, 2}, Device::cpu(1));
  const Tensor y = to_device(x.slice(1, 2), Device::cpu(1));
  EXPECT_EQ(y.to_floats(), (std::vector<float>{3, 4}));
  EXPECT_NE(y.raw(), x.raw());
}

}  // namespace
}  // namespace newbie::ops
