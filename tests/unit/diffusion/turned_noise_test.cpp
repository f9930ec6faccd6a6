#include "diffusion/turned_noise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tensor/rng.h"

namespace newbie::diffusion {
namespace {

const Shape kImage{16, 16, 16};

Tensor noise(std::vector<uint64_t> seeds) {
  return gaussian_noise(RngKind::newbie, seeds, kImage, Device::cpu(1));
}

double dot(const Tensor& a, const Tensor& b) {
  double sum = 0;
  for (int64_t i = 0; i < a.shape().numel(); ++i) {
    sum += static_cast<double>(a.data<float>()[i]) * static_cast<double>(b.data<float>()[i]);
  }
  return sum;
}

double angle(const Tensor& a, const Tensor& b) {
  return std::acos(dot(a, b) / std::sqrt(dot(a, a) * dot(b, b)));
}

bool same(const Tensor& a, const Tensor& b) {
  return std::equal(a.data<float>(), a.data<float>() + a.shape().numel(), b.data<float>());
}

TEST(TurnedNoise, TheEndsAreTheNoisesThemselves) {
  const Tensor a = noise({1}), b = noise({2});
  EXPECT_TRUE(same(turned_noise(a, b, 0), a));
  EXPECT_TRUE(same(turned_noise(a, b, 1), b));
}

TEST(TurnedNoise, TurnsByAShareOfTheAngleAndKeepsItsLength) {
  const Tensor a = noise({1}), b = noise({2});
  const double whole = angle(a, b);
  for (const double share : {0.1, 0.25, 0.5, 0.9}) {
    const Tensor turned = turned_noise(a, b, share);
    EXPECT_NEAR(angle(a, turned), share * whole, 0.02) << share;
    EXPECT_NEAR(dot(turned, turned) / static_cast<double>(kImage.numel()), 1, 0.03) << share;
  }
}

TEST(TurnedNoise, APlainMixtureWouldBeTooQuiet) {
  const Tensor a = noise({1}), b = noise({2});
  double mixed = 0;
  for (int64_t i = 0; i < kImage.numel(); ++i) {
    const double value = (static_cast<double>(a.data<float>()[i]) + b.data<float>()[i]) / 2;
    mixed += value * value;
  }
  EXPECT_LT(mixed / static_cast<double>(kImage.numel()), 0.6);
}

TEST(TurnedNoise, EveryImageOfABatchIsTurnedAlone) {
  const Tensor batch = turned_noise(noise({1, 3}), noise({2, 4}), 0.3);
  EXPECT_TRUE(same(batch.slice(0, 1), turned_noise(noise({1}), noise({2}), 0.3)));
  EXPECT_TRUE(same(batch.slice(1, 2), turned_noise(noise({3}), noise({4}), 0.3)));
}

TEST(TurnedNoise, TheSameNoiseTwiceStaysItself) {
  const Tensor a = noise({1});
  const Tensor turned = turned_noise(a, noise({1}), 0.4);
  for (int64_t i = 0; i < kImage.numel(); ++i) {
    EXPECT_NEAR(turned.data<float>()[i], a.data<float>()[i], 1e-6);
  }
}

}  // namespace
}  // namespace newbie::diffusion
