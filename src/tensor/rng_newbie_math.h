#pragma once
/// Four random words to four normal values, in arithmetic that has one result everywhere.
/// Specification: docs/explain/noise.md
///
/// Only integer operations and the correctly rounded f32 operations *, -, fma and sqrt appear, and
/// no product is ever an operand of + or -, so a compiler that contracts expressions changes
/// nothing. CUDA code may include this file.

#include <bit>
#include <cmath>
#include <cstdint>

#include "tensor/rng_philox.h"

namespace newbie::noise {

struct Pair {
  float first;
  float second;
};

/// The bits of a number, and the number of bits.
NEWBIE_HOST_DEVICE inline uint32_t bits_of(float value) {
#ifdef __CUDA_ARCH__
  return __float_as_uint(value);
#else
  return std::bit_cast<uint32_t>(value);
#endif
}
NEWBIE_HOST_DEVICE inline float float_of(uint32_t bits) {
#ifdef __CUDA_ARCH__
  return __uint_as_float(bits);
#else
  return std::bit_cast<float>(bits);
#endif
}

/// ln(((word >> 8) + 1) / 2^24): the logarithm of a uniform value in (0,1].
NEWBIE_HOST_DEVICE inline float log_uniform(uint32_t word) {
  constexpr uint32_t kSqrtHalf = 0x3F3504F3;  // bits of the f32 just below sqrt(1/2)
  const uint32_t bits = bits_of(static_cast<float>((word >> 8) + 1));
  const int32_t exponent = static_cast<int32_t>(bits - kSqrtHalf) >> 23;
  const float m = float_of(bits - (static_cast<uint32_t>(exponent) << 23));
  const float e = static_cast<float>(exponent - 24);
  const float f = m - 1.0f;  // exact; m is in [sqrt(1/2), sqrt(2))

  float q = -0x1.3a838cp-4f;  // (ln(1 + f) - f) / f^2
  q = std::fma(q, f, 0x1.04b9acp-3f);
  q = std::fma(q, f, -0x1.0ce4a6p-3f);
  q = std::fma(q, f, 0x1.22e5aap-3f);
  q = std::fma(q, f, -0x1.548210p-3f);
  q = std::fma(q, f, 0x1.99a036p-3f);
  q = std::fma(q, f, -0x1.000212p-2f);
  q = std::fma(q, f, 0x1.555552p-2f);
  q = std::fma(q, f, -0x1.fffffep-2f);
  const float square = f * f;
  const float y = std::fma(square, q, f);
  return std::fma(e, 0x1.62e430p-1f, std::fma(e, -0x1.05c610p-29f, y));  // e ln 2 in two parts
}

/// Cosine and sine of an angle uniform on the circle: `word` / 2^32 of a turn, cut to 26 bits.
NEWBIE_HOST_DEVICE inline Pair direction(uint32_t word) {
  const uint32_t quadrant = (word + 0x20000000u) >> 30;
  const int32_t rest = static_cast<int32_t>(word - (quadrant << 30)) >> 6;  // [-2^23, 2^23)
  const float x = static_cast<float>(2 * rest + 1) * 0x1p-24f;              // in units of pi/4
  const float z = x * x;

  float p = -0x1.2d9b40p-15f;  // sin(pi/4 x) / x
  p = std::fma(p, z, 0x1.465ec4p-9f);
  p = std::fma(p, z, -0x1.4abbbap-4f);
  p = std::fma(p, z, 0x1.921fb6p-1f);
  const float sine = x * p;

  float c = 0x1.db6492p-19f;  // cos(pi/4 x)
  c = std::fma(c, z, -0x1.55cb98p-12f);
  c = std::fma(c, z, 0x1.03c1eap-6f);
  c = std::fma(c, z, -0x1.3bd3ccp-2f);
  const float cosine = std::fma(c, z, 1.0f);

  switch (quadrant) {
    case 0:
      return {cosine, sine};
    case 1:
      return {-sine, cosine};
    case 2:
      return {-cosine, -sine};
    default:
      return {sine, -cosine};
  }
}

/// Box-Muller: two words to two independent standard normal values.
NEWBIE_HOST_DEVICE inline Pair normal_pair(uint32_t radius_word, uint32_t angle_word) {
  const float radius = std::sqrt(std::fma(-2.0f, log_uniform(radius_word), 0.0f));
  const Pair on_circle = direction(angle_word);
  return {radius * on_circle.first, radius * on_circle.second};
}

/// Uniform value in [0,1).
NEWBIE_HOST_DEVICE inline float uniform(uint32_t word) {
  return static_cast<float>(word >> 8) * 0x1p-24f;
}

/// Random words of elements 4 block ... 4 block + 3.
NEWBIE_HOST_DEVICE inline PhiloxWords words(uint64_t seed, uint32_t stream, uint32_t draw,
                                            uint64_t block) {
  return philox({{static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32), draw, stream}},
                seed);
}

}  // namespace newbie::noise
