/// PyTorch's generators: published values, sizes, types and order of draws.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "tensor/linspace.h"
#include "tensor/rng.h"

namespace newbie {
namespace {

std::vector<float> torch_cpu(uint64_t seed, size_t count) {
  std::vector<float> values(count);
  TorchCpuRng(seed).normal(std::span<float>(values));
  return values;
}

std::vector<float> torch_cuda(uint64_t seed, size_t count, CudaLayout layout = {}) {
  std::vector<float> values(count);
  TorchCudaRng(seed, layout).normal(values);
  return values;
}

void expect_starts(const std::vector<float>& got, const std::vector<float>& want,
                   double tolerance) {
  ASSERT_GE(got.size(), want.size());
  for (size_t i = 0; i < want.size(); ++i) EXPECT_NEAR(got[i], want[i], tolerance) << i;
}

/// Source: model specification 8, printed by PyTorch 2.11 to 7 or 8 digits. The golden tests
/// compare bits.
constexpr double kPrinted = 1.2e-7;

TEST(TorchCpuRng, PublishedValues) {
  expect_starts(torch_cpu(0, 5), {1.5409961f, -0.2934289f, -2.1787894f, 0.56843126f, -1.0845224f},
                kPrinted);
  expect_starts(torch_cpu(0, 16),
                {-1.1258398f, -1.1523602f, -0.25057858f, -0.43387884f, 0.8487103f, 0.69200915f,
                 -0.31601277f, -2.1152194f},
                kPrinted);
  expect_starts(torch_cpu(42, 4), {0.33669037f, 0.1288094f, 0.23446237f, 0.23033303f}, kPrinted);
}

TEST(TorchCpuRng, OnlyThirtyTwoBitsOfTheSeedCount) {
  EXPECT_EQ(torch_cpu(5, 32), torch_cpu(5 + (uint64_t{1} << 32), 32));
  EXPECT_NE(torch_cpu(5, 32), torch_cpu(6, 32));
}

TEST(TorchCpuRng, SixteenValuesSwitchToBlocks) {
  EXPECT_EQ(torch_cpu(1, 15)[0], torch_cpu(1, 5)[0]);
  EXPECT_NE(torch_cpu(1, 16)[0], torch_cpu(1, 15)[0]);
}

TEST(TorchCpuRng, ATailOverwritesTheLastSixteen) {
  const std::vector<float> exact = torch_cpu(3, 32);
  const std::vector<float> tail = torch_cpu(3, 33);
  EXPECT_TRUE(std::equal(exact.begin(), exact.begin() + 17, tail.begin()));
  EXPECT_NE(exact[17], tail[17]);
}

TEST(TorchCpuRng, TheSecondOfAPairWaitsThroughBlocks) {
  std::vector<float> pair(2);
  TorchCpuRng(8).normal(std::span<float>(pair));
  TorchCpuRng rng(8);
  std::vector<float> one(1);
  std::vector<float> block(16);
  rng.normal(std::span<float>(one));
  EXPECT_EQ(one[0], pair[0]);
  rng.normal(std::span<float>(block));
  rng.normal(std::span<float>(one));
  EXPECT_EQ(one[0], pair[1]);
}

TEST(TorchCpuRng, HalfTypesAreDrawnInThemselves) {
  std::vector<float> wide(4096);
  std::vector<BFloat16> narrow(4096);
  TorchCpuRng(1).normal(std::span<float>(wide));
  TorchCpuRng(1).normal(std::span<BFloat16>(narrow));
  size_t equal = 0;
  double variance = 0;
  for (size_t i = 0; i < wide.size(); ++i) {
    equal += to_bf16(wide[i]).bits == narrow[i].bits;
    variance += to_float(narrow[i]) * to_float(narrow[i]) / 4096;
  }
  EXPECT_LT(equal, 400u);
  EXPECT_NEAR(variance, 1, 0.15);
}

TEST(TorchCpuRng, UniformValuesHaveTheBitsOfTheirType) {
  std::vector<BFloat16> narrow(1000);
  TorchCpuRng(2).uniform(std::span<BFloat16>(narrow));
  for (BFloat16 value : narrow) {
    const float scaled = to_float(value) * 256;
    EXPECT_EQ(scaled, std::floor(scaled));
    EXPECT_LT(scaled, 256);
  }
}

/// Source: model specification 8, reference values of an H100. No other machine has the GPU's sine.
TEST(TorchCudaRng, PublishedValues) {
  expect_starts(torch_cuda(42, 8),
                {0.1940188f, 2.1613736f, -0.17205022f, 0.84906012f, -1.924399f, 0.65298551f,
                 -0.64944082f, -0.81752473f},
                2.5e-6);
  expect_starts(torch_cuda(0, 12),
                {-0.92466259f, -0.42534415f, -2.6438457f, 0.14518388f, -0.12086647f, -0.57972564f,
                 -0.62285122f, -0.32838709f, -1.07454231f, -0.36314407f, -1.67105067f, 2.26550497f},
                2.5e-6);
}

TEST(TorchCudaRng, AllBitsOfTheSeedCount) {
  EXPECT_NE(torch_cuda(5, 8), torch_cuda(5 + (uint64_t{1} << 32), 8));
}

TEST(TorchCudaRng, TheSizeOfTheGpuMattersOnlyForLargeTensors) {
  const CudaLayout small{4, 2048};  // 8192 threads
  EXPECT_EQ(torch_cuda(1, 8192, small), torch_cuda(1, 8192));
  const std::vector<float> wrapped = torch_cuda(1, 8192 + 300, small);
  const std::vector<float> wide = torch_cuda(1, 8192 + 300);
  EXPECT_TRUE(std::equal(wide.begin(), wide.begin() + 8192, wrapped.begin()));
  EXPECT_NE(wrapped[8192], wide[8192]);
}

TEST(TorchCudaRng, CallsAdvanceTheOffset) {
  const CudaLayout one{1, 256};  // 256 threads, four values each per round
  TorchCudaRng rng(1, one);
  std::vector<float> values(1024);
  rng.normal(values);
  EXPECT_EQ(rng.offset(), 4u);
  values.resize(1025);
  rng.normal(values);
  EXPECT_EQ(rng.offset(), 12u);
  values.resize(0);
  rng.normal(values);
  EXPECT_EQ(rng.offset(), 12u);
}

TEST(TorchCudaRng, UniformValuesExcludeZero) {
  std::vector<float> values(10'000);
  TorchCudaRng(4).uniform(values);
  for (float value : values) {
    EXPECT_GT(value, 0.0f);
    EXPECT_LE(value, 1.0f);
  }
}

TEST(Linspace, CountsFromBothEnds) {
  EXPECT_EQ(torch_linspace(2, 3, 1), std::vector<float>{2});
  EXPECT_EQ(torch_linspace(0, 1, 5), (std::vector<float>{0, 0.25f, 0.5f, 0.75f, 1}));
  const std::vector<float> thirds = torch_linspace(0, 1, 4);
  EXPECT_EQ(thirds[1], 1.0f / 3);
  EXPECT_EQ(thirds[2], static_cast<float>(1 - static_cast<double>(1.0f / 3)));
  EXPECT_TRUE(torch_linspace(0, 1, 0).empty());
}

}  // namespace
}  // namespace newbie
