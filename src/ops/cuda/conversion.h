#pragma once
/// One element of any type as a number and back: by way of f32, as the reference goes, or of f64
/// where the source is wider than f32.

#include <cuda_fp8.h>

#include <type_traits>

#include "ops/cuda/device_math.h"

namespace newbie::ops::cuda {

/// Codes of the two f8 types, which have no arithmetic.
struct E4M3 {
  uint8_t bits;
};
struct E5M2 {
  uint8_t bits;
};

__device__ inline float value_of(float x) { return x; }
__device__ inline double value_of(double x) { return x; }
__device__ inline float value_of(__nv_bfloat16 x) { return __bfloat162float(x); }
__device__ inline float value_of(__half x) { return __half2float(x); }
__device__ inline float value_of(E4M3 x) {
  return __half2float(__half(__nv_cvt_fp8_to_halfraw(x.bits, __NV_E4M3)));
}
__device__ inline float value_of(E5M2 x) {
  return __half2float(__half(__nv_cvt_fp8_to_halfraw(x.bits, __NV_E5M2)));
}
__device__ inline double value_of(int64_t x) { return static_cast<double>(x); }
__device__ inline double value_of(int32_t x) { return x; }
__device__ inline float value_of(int16_t x) { return x; }
__device__ inline float value_of(int8_t x) { return x; }
__device__ inline float value_of(uint8_t x) { return x; }

/// Saturates; NaN keeps its sign.
__device__ inline uint8_t f8_code(float x, __nv_fp8_interpretation_t kind) {
  if (x != x) return signbit(x) ? 0xFF : 0x7F;
  return __nv_cvt_float_to_fp8(x, __NV_SATFINITE, kind);
}

template <class T, class Value>
__device__ inline T element_of(Value value) {
  const auto narrowed = static_cast<float>(value);
  if constexpr (std::is_same_v<T, double>) {
    return value;
  } else if constexpr (std::is_same_v<T, E4M3>) {
    return {f8_code(narrowed, __NV_E4M3)};
  } else if constexpr (std::is_same_v<T, E5M2>) {
    return {f8_code(narrowed, __NV_E5M2)};
  } else {
    return narrow<T>(narrowed);
  }
}

/// Calls body with a value of the floating element type.
template <class Body>
void with_floating(DType type, const Body& body) {
  switch (type) {
    case DType::f64:
      return body(double{});
    case DType::f8_e4m3:
      return body(E4M3{});
    case DType::f8_e5m2:
      return body(E5M2{});
    default:
      return with_type(type, body);
  }
}

/// Calls body with a value of any element type.
template <class Body>
void with_any(DType type, const Body& body) {
  switch (type) {
    case DType::i64:
      return body(int64_t{});
    case DType::i32:
      return body(int32_t{});
    case DType::i16:
      return body(int16_t{});
    case DType::i8:
      return body(int8_t{});
    case DType::u8:
    case DType::boolean:
      return body(uint8_t{});
    default:
      return with_floating(type, body);
  }
}

}  // namespace newbie::ops::cuda
