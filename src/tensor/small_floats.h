#pragma once
/// Scalar conversions of the small floating types: round to nearest even, subnormals kept, NaN
/// stays NaN. Whole tensors go through ops/elementwise.h (cast).

#include <bit>
#include <cstdint>

namespace newbie {

/// bfloat16: the upper half of an IEEE f32.
struct BFloat16 {
  uint16_t bits;
};
/// IEEE binary16.
struct Float16 {
  uint16_t bits;
};

inline float to_float(BFloat16 value) { return std::bit_cast<float>(uint32_t{value.bits} << 16); }

inline BFloat16 to_bf16(float value) {
  const uint32_t bits = std::bit_cast<uint32_t>(value);
  if ((bits & 0x7FFFFFFF) > 0x7F800000) return {static_cast<uint16_t>(bits >> 16 | 0x40)};
  return {static_cast<uint16_t>((bits + 0x7FFF + (bits >> 16 & 1)) >> 16)};
}

float to_float(Float16 value);
Float16 to_f16(float value);

/// FP8 as in the OCP specification: e4m3 (finite only, NaN = 0x7F) and e5m2 (with infinities).
float f8_e4m3_to_float(uint8_t bits);
float f8_e5m2_to_float(uint8_t bits);
uint8_t to_f8_e4m3(float value);  ///< saturates at 448
uint8_t to_f8_e5m2(float value);  ///< saturates at 57344

}  // namespace newbie
