#include "tensor/rng_torch_cpu.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <type_traits>

namespace newbie {
namespace {

constexpr size_t kWords = 624;
constexpr size_t kMiddle = 397;
constexpr size_t kBlock = 16;

float fma(float a, float b, float c) { return std::fma(a, b, c); }

/// Natural logarithm of the vectorised builds, x >= 0. Source: model specification 8.3.
float log_avx2(float x) {
  x = std::max(x, 0x1p-126f);
  const uint32_t bits = std::bit_cast<uint32_t>(x);
  float e = static_cast<float>(static_cast<int32_t>(bits >> 23) - 126);
  float m = std::bit_cast<float>((bits & 0x007FFFFFu) | 0x3F000000u);
  if (m < 0.707106781186547524f) {
    e -= 1;
    m = (m - 1) + m;
  } else {
    m -= 1;
  }
  const float z = m * m;
  float y = 7.0376836292e-2f;
  for (float c : {-1.1514610310e-1f, 1.1676998740e-1f, -1.2420140846e-1f, 1.4249322787e-1f,
                  -1.6668057665e-1f, 2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f}) {
    y = fma(y, m, c);
  }
  y *= m;
  y = fma(y, z, e * -2.12194440e-4f);
  y = y - z * 0.5f;
  m = m + y;
  return fma(e, 0.693359375f, m);
}

struct SinCos {
  float sin;
  float cos;
};

/// Sine and cosine of the vectorised builds, x >= 0. Source: model specification 8.3.
SinCos sincos_avx2(float x) {
  uint32_t octant = static_cast<uint32_t>(x * 1.27323954473516f);
  octant = (octant + 1) & ~1u;
  const bool sin_negative = (octant & 4) != 0;
  const bool cos_negative = (~(octant - 2) & 4) != 0;
  const bool swap = (octant & 2) != 0;
  const float k = static_cast<float>(octant);
  x = fma(k, -0.78515625f, x);
  x = fma(k, -2.4187564849853515625e-4f, x);
  x = fma(k, -3.77489497744594108e-8f, x);
  const float z = x * x;

  float c = 2.443315711809948e-5f;
  c = fma(c, z, -1.388731625493765e-3f);
  c = fma(c, z, 4.166664568298827e-2f);
  c *= z;
  c = fma(c, z, -(z * 0.5f));
  c += 1;

  float s = -1.9515295891e-4f;
  s = fma(s, z, 8.3321608736e-3f);
  s = fma(s, z, -1.6666654611e-1f);
  s *= z;
  s = fma(s, x, x);

  if (swap) std::swap(s, c);
  return {sin_negative ? -s : s, cos_negative ? -c : c};
}

constexpr bool is_small(auto* type) {
  using T = std::remove_pointer_t<decltype(type)>;
  return std::is_same_v<T, BFloat16> || std::is_same_v<T, Float16>;
}

template <class T>
constexpr bool kSmall = is_small(static_cast<T*>(nullptr));

BFloat16 round_to(float value, BFloat16*) { return to_bf16(value); }
Float16 round_to(float value, Float16*) { return to_f16(value); }

template <class T>
T from_double(double value) {
  if constexpr (kSmall<T>) {
    return round_to(static_cast<float>(value), static_cast<T*>(nullptr));
  } else {
    return static_cast<T>(value);
  }
}

/// Box-Muller on one value of each half of a block: (u1, u2) become two normal values. PyTorch
/// scales by a deviation of 1 and adds a mean of 0, which turns -0 into 0; hence the last addition.
void transform(float& first, float& second) {
  const float radius = std::sqrt(-2.0f * log_avx2(1 - first));
  const SinCos angle = sincos_avx2(static_cast<float>(2 * std::numbers::pi) * second);
  first = radius * angle.cos + 0.0f;
  second = radius * angle.sin + 0.0f;
}

void transform(double& first, double& second) {
  const double radius = std::sqrt(-2.0 * std::log(1 - first));
  const double theta = 2 * std::numbers::pi * second;
  first = radius * std::cos(theta) + 0.0;
  second = radius * std::sin(theta) + 0.0;
}

/// PyTorch computes small types in themselves: every intermediate is rounded.
template <class T>
requires(kSmall<T>) void transform(T& first, T& second) {
  const auto rounded = [](double value) {
    return to_float(round_to(static_cast<float>(value), static_cast<T*>(nullptr)));
  };
  const float u1 = rounded(1 - to_float(first));
  const float radius = rounded(std::sqrt(rounded(-2 * rounded(std::log(u1)))));
  const float theta = rounded(2 * std::numbers::pi * to_float(second));
  first = from_double<T>(radius * rounded(std::cos(theta)) + 0.0f);
  second = from_double<T>(radius * rounded(std::sin(theta)) + 0.0f);
}

}  // namespace

TorchCpuRng::TorchCpuRng(uint64_t seed) {
  state_[0] = static_cast<uint32_t>(seed);
  for (size_t i = 1; i < kWords; ++i) {
    const uint32_t before = state_[i - 1];
    state_[i] = 1812433253u * (before ^ (before >> 30)) + static_cast<uint32_t>(i);
  }
}

uint32_t TorchCpuRng::next32() {
  if (position_ == kWords) {
    for (size_t i = 0; i < kWords; ++i) {
      const uint32_t mixed = (state_[i] & 0x80000000u) | (state_[(i + 1) % kWords] & 0x7FFFFFFFu);
      state_[i] = state_[(i + kMiddle) % kWords] ^ (mixed >> 1) ^ (mixed & 1 ? 0x9908B0DFu : 0);
    }
    position_ = 0;
  }
  uint32_t y = state_[position_++];
  y ^= y >> 11;
  y ^= (y << 7) & 0x9D2C5680u;
  y ^= (y << 15) & 0xEFC60000u;
  return y ^ (y >> 18);
}

uint64_t TorchCpuRng::next64() {
  const uint64_t high = next32();
  return high << 32 | next32();
}

double TorchCpuRng::uniform64() {
  return static_cast<double>(next64() & ((uint64_t{1} << 53) - 1)) * 0x1p-53;
}

double TorchCpuRng::normal_double() {
  if (cached_) {
    const double value = *cached_;
    cached_.reset();
    return value;
  }
  const double u1 = uniform64();
  const double u2 = uniform64();
  const double radius = std::sqrt(-2.0 * std::log1p(-u2));
  const double theta = 2 * std::numbers::pi * u1;
  cached_ = radius * std::sin(theta) + 0.0;
  return radius * std::cos(theta) + 0.0;
}

void TorchCpuRng::uniform(std::span<float> out) {
  for (float& value : out) value = static_cast<float>(next32() & 0xFFFFFFu) * 0x1p-24f;
}

void TorchCpuRng::uniform(std::span<double> out) {
  for (double& value : out) value = uniform64();
}

void TorchCpuRng::uniform(std::span<BFloat16> out) {
  for (BFloat16& value : out) value = to_bf16(static_cast<float>(next32() & 0xFFu) * 0x1p-8f);
}

void TorchCpuRng::uniform(std::span<Float16> out) {
  for (Float16& value : out) value = to_f16(static_cast<float>(next32() & 0x7FFu) * 0x1p-11f);
}

template <class T>
void TorchCpuRng::fill(std::span<T> out) {
  const size_t n = out.size();
  if (n < kBlock) {
    for (T& value : out) value = from_double<T>(normal_double());
    return;
  }
  const auto transform_block = [](std::span<T> block) {
    for (size_t j = 0; j < kBlock / 2; ++j) transform(block[j], block[j + kBlock / 2]);
  };
  uniform(out);
  for (size_t begin = 0; begin + kBlock <= n; begin += kBlock) {
    transform_block(out.subspan(begin, kBlock));
  }
  if (n % kBlock != 0) {  // the last 16 values are drawn again as a block of their own
    uniform(out.last(kBlock));
    transform_block(out.last(kBlock));
  }
}

void TorchCpuRng::normal(std::span<float> out) { fill(out); }
void TorchCpuRng::normal(std::span<double> out) { fill(out); }
void TorchCpuRng::normal(std::span<BFloat16> out) { fill(out); }
void TorchCpuRng::normal(std::span<Float16> out) { fill(out); }

}  // namespace newbie
