#include "tensor/small_floats.h"

#include <cmath>
#include <limits>

namespace newbie {
namespace {

/// Value of a sign / exponent / mantissa float without infinities; exact in f32.
float decode_small(uint32_t bits, int exponent_bits, int mantissa_bits) {
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const uint32_t sign = bits >> (exponent_bits + mantissa_bits) & 1;
  const int exponent = static_cast<int>(bits >> mantissa_bits & ((1u << exponent_bits) - 1));
  const float mantissa = static_cast<float>(bits & ((1u << mantissa_bits) - 1));
  const float magnitude = exponent == 0
                              ? std::ldexp(mantissa, 1 - bias - mantissa_bits)
                              : std::ldexp(mantissa + static_cast<float>(1 << mantissa_bits),
                                           exponent - bias - mantissa_bits);
  return sign ? -magnitude : magnitude;
}

/// Nearest-even encoding of a finite magnitude; values above the largest finite one must be handled
/// by the caller.
uint32_t encode_magnitude(float magnitude, int exponent_bits, int mantissa_bits) {
  if (magnitude == 0.0f) return 0;
  const int bias = (1 << (exponent_bits - 1)) - 1;
  const int exponent = std::max(std::ilogb(magnitude), 1 - bias);
  // nearbyint rounds to even; a mantissa that rounds up to the next power of two carries by itself.
  const auto scaled = static_cast<uint32_t>(
      std::nearbyint(std::ldexp(static_cast<double>(magnitude), mantissa_bits - exponent)));
  return scaled + (static_cast<uint32_t>(exponent + bias - 1) << mantissa_bits);
}

}  // namespace

float to_float(Float16 value) {
  const uint32_t exponent = value.bits >> 10 & 0x1F;
  if (exponent != 0x1F) return decode_small(value.bits, 5, 10);
  const bool negative = value.bits >> 15;
  if (value.bits & 0x3FF) return std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  return negative ? -infinity : infinity;
}

Float16 to_f16(float value) {
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  if (std::isnan(value)) return {static_cast<uint16_t>(sign | 0x7E00)};
  const float magnitude = std::fabs(value);
  if (magnitude >= 65520.0f) return {static_cast<uint16_t>(sign | 0x7C00)};
  return {static_cast<uint16_t>(sign | encode_magnitude(magnitude, 5, 10))};
}

float f8_e4m3_to_float(uint8_t bits) {
  if ((bits & 0x7F) == 0x7F) return std::numeric_limits<float>::quiet_NaN();
  return decode_small(bits, 4, 3);
}

float f8_e5m2_to_float(uint8_t bits) {
  if ((bits & 0x7C) != 0x7C) return decode_small(bits, 5, 2);
  if (bits & 3) return std::numeric_limits<float>::quiet_NaN();
  const float infinity = std::numeric_limits<float>::infinity();
  return bits & 0x80 ? -infinity : infinity;
}

uint8_t to_f8_e4m3(float value) {
  const uint8_t sign = std::signbit(value) ? 0x80 : 0;
  if (std::isnan(value)) return sign | 0x7F;
  const float magnitude = std::fabs(value);
  if (magnitude >= 448.0f) return sign | 0x7E;
  return static_cast<uint8_t>(sign | encode_magnitude(magnitude, 4, 3));
}

uint8_t to_f8_e5m2(float value) {
  const uint8_t sign = std::signbit(value) ? 0x80 : 0;
  if (std::isnan(value)) return sign | 0x7F;
  const float magnitude = std::fabs(value);
  if (magnitude >= 57344.0f) return sign | 0x7B;
  return static_cast<uint8_t>(sign | encode_magnitude(magnitude, 5, 2));
}

}  // namespace newbie
