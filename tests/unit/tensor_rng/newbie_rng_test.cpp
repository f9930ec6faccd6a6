/// The default generator keeps docs/explain/noise.md.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>
#include <vector>

#include "base/hash.h"
#include "tensor/rng.h"
#include "tensor/rng_newbie_math.h"

namespace newbie {
namespace {

std::vector<float> normals(const NoiseKey& key, size_t count, uint64_t first = 0) {
  std::vector<float> values(count);
  fill_normal(key, first, values);
  return values;
}

std::string sha256(const std::vector<float>& values) {
  Sha256 sha;
  sha.update(std::as_bytes(std::span(values)));
  return sha.finish();
}

/// Test vectors of the Random123 distribution (kat_vectors, philox 4x32 10).
TEST(Philox, MatchesPublishedVectors) {
  const auto words = [](PhiloxWords counter, uint64_t key) {
    const PhiloxWords out = philox(counter, key);
    return std::vector<uint32_t>(out.word, out.word + 4);
  };
  EXPECT_EQ(words({{0, 0, 0, 0}}, 0),
            (std::vector<uint32_t>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  const uint32_t ones = 0xffffffff;
  EXPECT_EQ(words({{ones, ones, ones, ones}}, ~uint64_t{0}),
            (std::vector<uint32_t>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(words({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0x299f31d0a4093822),
            (std::vector<uint32_t>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(NewbieRng, LogarithmIsCloseToTheTruthEverywhere) {
  double worst = 0;
  for (uint64_t top = 0; top < (1u << 24); top += 1 + top / 4096) {
    const auto word = static_cast<uint32_t>(top << 8);
    const double exact = std::log((static_cast<double>(top) + 1) * 0x1p-24);
    const double error = std::abs(noise::log_uniform(word) - exact);
    worst = std::max(worst, error / std::max(std::abs(exact), 0x1p-24));
  }
  EXPECT_LT(worst, 1.6e-7);
  EXPECT_EQ(noise::log_uniform(0xFFFFFFFF), 0.0f);  // a uniform value of 1
  EXPECT_NEAR(noise::log_uniform(0), -24 * std::numbers::ln2, 2e-6);
}

TEST(NewbieRng, DirectionsAreCloseToTheTruthInAllQuadrants) {
  double worst = 0;
  for (uint64_t step = 0; step < 65536; ++step) {
    const auto word = static_cast<uint32_t>(step * 65537);
    const double cut = std::floor(word / 64.0) * 64 + 32;  // the middle of the 26-bit cell
    const double angle = 2 * std::numbers::pi * cut * 0x1p-32;
    const noise::Pair pair = noise::direction(word);
    worst = std::max(
        {worst, std::abs(pair.first - std::cos(angle)), std::abs(pair.second - std::sin(angle))});
  }
  EXPECT_LT(worst, 1.2e-7);
}

TEST(NewbieRng, FirstValuesAndHashesOfTheSpecification) {
  const std::vector<float> first = normals({0, 0, 0}, 8);
  const std::vector<float> expected = {0x1.fb7666p-1f,  -0x1.d96d6p-1f,  -0x1.3c373cp-1f,
                                       -0x1.eda362p-2f, -0x1.3aa6a8p-3f, 0x1.7254cep-3f,
                                       0x1.a9d92ep-1f,  0x1.945b44p-3f};
  EXPECT_EQ(first, expected);
  EXPECT_EQ(sha256(normals({0, 0, 0}, 65536)),
            "bb4037ef0f22b2e78b1e68e3c794a507b629e73861294139db12853f46301bbb");
  EXPECT_EQ(sha256(normals({42, 1, 7}, 65536)),
            "a2f6e20f9c0911c16b01afb81f7d7c4fdd2338d6f41c3a62c832afde584ca32c");
  EXPECT_EQ(sha256(normals({0xFEDCBA9876543210, 0, 0}, 65536)),
            "8f9b6a62ca94e54932ce04381690655cac14759fb002b02156cab3dbaa34b3bd");
}

TEST(NewbieRng, AnElementDependsOnNothingButItsKeyAndIndex) {
  const std::vector<float> whole = normals({9, 2, 3}, 100);
  for (uint64_t first : {0, 1, 2, 3, 4, 17, 63}) {
    for (size_t count : {size_t{1}, size_t{2}, size_t{5}, size_t{30}}) {
      const std::vector<float> part = normals({9, 2, 3}, count, first);
      EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + static_cast<long>(first)))
          << first << " " << count;
    }
  }
}

TEST(NewbieRng, SeedStreamAndDrawAreIndependent) {
  const std::vector<float> base = normals({1, 0, 0}, 64);
  EXPECT_NE(base, normals({2, 0, 0}, 64));
  EXPECT_NE(base, normals({1 + (uint64_t{1} << 32), 0, 0}, 64));  // all 64 bits of a seed count
  EXPECT_NE(base, normals({1, 1, 0}, 64));
  EXPECT_NE(base, normals({1, 0, 1}, 64));
}

TEST(NewbieRng, BlocksBeyondThirtyTwoBitsDiffer) {
  EXPECT_NE(normals({1, 0, 0}, 4), normals({1, 0, 0}, 4, uint64_t{4} << 32));
}

/// Moments and the Kolmogorov-Smirnov distance of a million values.
TEST(NewbieRng, ValuesAreStandardNormal) {
  std::vector<float> values = normals({12345, 0, 0}, 1'000'000);
  const double n = static_cast<double>(values.size());
  double moment[5] = {};
  double neighbours = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double v = values[i];
    for (int k = 1; k <= 4; ++k) moment[k] += std::pow(v, k) / n;
    if (i > 0) neighbours += v * values[i - 1] / n;
  }
  EXPECT_NEAR(moment[1], 0, 4 / std::sqrt(n));
  EXPECT_NEAR(moment[2], 1, 4 * std::sqrt(2 / n));
  EXPECT_NEAR(moment[3], 0, 4 * std::sqrt(15 / n));
  EXPECT_NEAR(moment[4], 3, 4 * std::sqrt(96 / n));
  EXPECT_NEAR(neighbours, 0, 4 / std::sqrt(n));
  std::sort(values.begin(), values.end());
  double distance = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double below = 0.5 * std::erfc(-static_cast<double>(values[i]) / std::numbers::sqrt2);
    distance = std::max({distance, std::abs(below - static_cast<double>(i) / n),
                         std::abs(below - static_cast<double>(i + 1) / n)});
  }
  EXPECT_LT(distance * std::sqrt(n), 1.95);  // 0.1 % of honest generators exceed this
}

TEST(NewbieRng, UniformValuesFillTheUnitInterval) {
  std::vector<float> values(100'000);
  fill_uniform({5, 0, 0}, 0, values);
  EXPECT_GE(*std::min_element(values.begin(), values.end()), 0.0f);
  EXPECT_LT(*std::max_element(values.begin(), values.end()), 1.0f);
  double mean = 0;
  for (float value : values) mean += value / 100'000.0;
  EXPECT_NEAR(mean, 0.5, 4 * std::sqrt(1 / 12.0 / 100'000));
}

TEST(Noise, AnImageOfABatchIsThatImageAlone) {
  const Device cpu = Device::cpu(1);
  const Shape image{4, 3, 5};
  for (RngKind kind : {RngKind::newbie, RngKind::torch_cpu, RngKind::torch_cuda}) {
    for (DType dtype : {DType::f32, DType::bf16, DType::f16, DType::f64}) {
      const Tensor batch = gaussian_noise(kind, batch_seeds(7, 3), image, cpu, dtype);
      EXPECT_EQ(batch.shape(), (Shape{3, 4, 3, 5}));
      for (int64_t b = 0; b < 3; ++b) {
        const Tensor alone = gaussian_noise(kind, 7 + static_cast<uint64_t>(b), image, cpu, dtype);
        EXPECT_EQ(0, std::memcmp(batch.slice(b, b + 1).raw(), alone.raw(), alone.bytes()))
            << name_of(kind) << " " << name_of(dtype) << " image " << b;
      }
    }
  }
}

TEST(Noise, DrawsGoOnAndCopiesGoOnAlike) {
  const Device cpu = Device::cpu(1);
  for (RngKind kind : {RngKind::newbie, RngKind::torch_cpu, RngKind::torch_cuda}) {
    Rng rng(kind, 3);
    const std::vector<float> first = rng.normal(Shape{20}, cpu).to_floats();
    Rng copy = rng;
    const std::vector<float> second = rng.normal(Shape{20}, cpu).to_floats();
    EXPECT_NE(first, second) << name_of(kind);
    EXPECT_EQ(second, copy.normal(Shape{20}, cpu).to_floats()) << name_of(kind);
    EXPECT_EQ(rng.kind(), kind);
  }
}

TEST(Noise, KindsHaveNames) {
  for (RngKind kind : {RngKind::newbie, RngKind::torch_cpu, RngKind::torch_cuda}) {
    EXPECT_EQ(rng_kind_from_name(name_of(kind)), kind);
  }
  EXPECT_EQ(rng_kind_from_name("torch"), std::nullopt);
}

TEST(Noise, IntegerTypesAreABug) {
  EXPECT_THROW(gaussian_noise(RngKind::newbie, 0, Shape{4}, Device::cpu(1), DType::i32), Error);
}

TEST(Noise, NothingIsDrawnForAnEmptyShape) {
  for (RngKind kind : {RngKind::newbie, RngKind::torch_cpu, RngKind::torch_cuda}) {
    EXPECT_EQ(gaussian_noise(kind, 0, Shape{0, 4}, Device::cpu(1)).numel(), 0);
  }
}

}  // namespace
}  // namespace newbie
