#pragma once
/// Vectors of f32 in the width of the instruction set that this translation unit is compiled for,
/// and how the element types come in and go out. A row's end goes through the same arithmetic as
/// its middle: Part loads zeros behind the end and stores only what belongs to it.
/// NEWBIE_SIMD is the namespace of the instruction set.

#include <cstddef>
#include <cstdint>

#if defined(__AVX2__)
#include <immintrin.h>
#endif

#include "ops/cpu/vector/kernels.h"

namespace newbie::ops::cpu::NEWBIE_SIMD {

#if defined(__AVX512F__)
inline constexpr int kLanes = 16;
#elif defined(__AVX2__)
inline constexpr int kLanes = 8;
#else
inline constexpr int kLanes = 4;
#endif

typedef float Floats __attribute__((vector_size(kLanes * 4)));
typedef int32_t Ints __attribute__((vector_size(kLanes * 4)));
typedef uint32_t Bits __attribute__((vector_size(kLanes * 4)));
typedef uint16_t Halves __attribute__((vector_size(kLanes * 2)));

struct F32 {
  float value;
};
struct Bf16 {
  uint16_t bits;
};
struct F16 {
  uint16_t bits;
};

/// A full vector, or the first `count` lanes of one.
struct Whole {};
struct Part {
  int64_t count;
};

/// body(i, Whole or Part) for every vector of [0, n).
template <class Body>
inline void for_vectors(int64_t n, const Body& body) {
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) body(i, Whole{});
  if (i < n) body(i, Part{n - i});
}

/// body(tag of the element type).
template <class Body>
inline void with_element(Element element, const Body& body) {
  switch (element) {
    case Element::f32:
      return body(F32{});
    case Element::bf16:
      return body(Bf16{});
    case Element::f16:
      return body(F16{});
  }
}

inline Floats splat(float value) { return value - Floats{}; }
inline Bits splat_bits(uint32_t value) { return value - Bits{}; }
inline Bits bits_of(Floats x) { return reinterpret_cast<Bits>(x); }
inline Floats floats_of(Bits x) { return reinterpret_cast<Floats>(x); }
inline Floats absolute(Floats x) { return floats_of(bits_of(x) & 0x7FFFFFFFu); }
/// |magnitude| with the sign of `sign`.
inline Floats with_sign(Floats magnitude, Floats sign) {
  return floats_of((bits_of(magnitude) & 0x7FFFFFFFu) | (bits_of(sign) & 0x80000000u));
}

/// a * b + c, rounded once where the processor can.
inline Floats fma(Floats a, Floats b, Floats c) {
#if defined(__AVX512F__)
  return _mm512_fmadd_ps(a, b, c);
#elif defined(__AVX2__)
  return _mm256_fmadd_ps(a, b, c);
#else
  return a * b + c;
#endif
}

/// Sum of the lanes, in pairs.
inline float lane_sum(Floats x) {
  float lane[kLanes];
  __builtin_memcpy(lane, &x, sizeof lane);
  for (int width = kLanes / 2; width > 0; width /= 2) {
    for (int i = 0; i < width; ++i) lane[i] += lane[i + width];
  }
  return lane[0];
}

// ---- bits in memory: whole vectors, and the first lanes of one

template <class Vector, class Stored>
inline Vector load_bits(const Stored* from, Whole) {
  Vector vector;
  __builtin_memcpy(&vector, from, sizeof vector);
  return vector;
}

template <class Vector, class Stored>
inline void store_bits(Stored* to, Vector vector, Whole) {
  __builtin_memcpy(to, &vector, sizeof vector);
}

template <class Vector, class Stored>
inline Vector load_bits(const Stored* from, Part part) {
  Vector vector{};
  __builtin_memcpy(&vector, from, static_cast<size_t>(part.count) * sizeof(Stored));
  return vector;
}

template <class Vector, class Stored>
inline void store_bits(Stored* to, Vector vector, Part part) {
  __builtin_memcpy(to, &vector, static_cast<size_t>(part.count) * sizeof(Stored));
}

// ---- bf16

inline Floats widen_bf16(Halves bits) {
  return floats_of(__builtin_convertvector(bits, Bits) << 16);
}

/// Upper half of each lane after rounding to nearest even; NaN stays NaN.
inline Bits rounded_bf16(Floats x) {
  const Bits bits = bits_of(x);
  const Bits nearest = bits + (0x7FFFu + ((bits >> 16) & 1u));
  return x == x ? nearest : bits | 0x400000u;
}

inline Halves narrow_bf16(Floats x) {
  return __builtin_convertvector(rounded_bf16(x) >> 16, Halves);
}

// ---- f16

inline Floats widen_f16(Halves bits) {
#if defined(__AVX512F__)
  return _mm512_maskz_cvtph_ps(0xFFFF, reinterpret_cast<__m256i>(bits));
#elif defined(__AVX2__)
  return _mm256_cvtph_ps(reinterpret_cast<__m128i>(bits));
#else
  // The exponent is moved by a product, which also makes subnormals normal.
  const Bits wide = __builtin_convertvector(bits, Bits);
  const Floats magnitude = floats_of((wide & 0x7FFFu) << 13) * splat(0x1p112f);
  const Bits special = (wide & 0x7C00u) == 0x7C00u ? splat_bits(0x7F800000u) : Bits{};
  return floats_of(bits_of(magnitude) | special | (wide & 0x8000u) << 16);
#endif
}

inline Halves narrow_f16(Floats x) {
#if defined(__AVX512F__)
  return reinterpret_cast<Halves>(_mm512_maskz_cvtps_ph(0xFFFF, x, _MM_FROUND_TO_NEAREST_INT));
#elif defined(__AVX2__)
  return reinterpret_cast<Halves>(_mm256_cvtps_ph(x, _MM_FROUND_TO_NEAREST_INT));
#else
  const Floats size = absolute(x);
  const Bits bits = bits_of(size);
  const Bits normal = (bits - (112u << 23) + (0xFFFu + ((bits >> 13) & 1u))) >> 13;
  // Adding 1/2 leaves a subnormal's mantissa, rounded, in the low bits.
  const Bits subnormal = bits_of(size + 0.5f) - 0x3F000000u;
  const Bits finite = size < 0x1p-14f ? subnormal : normal;
  const Bits ranged = size < 65536.0f ? finite : splat_bits(0x7C00u);
  const Bits magnitude = x == x ? ranged : splat_bits(0x7E00u);
  return __builtin_convertvector(magnitude | (bits_of(x) >> 16 & 0x8000u), Halves);
#endif
}

// ---- elements

template <class Size>
inline Floats load(const F32* from, Size size) {
  return load_bits<Floats>(from, size);
}
template <class Size>
inline Floats load(const Bf16* from, Size size) {
  return widen_bf16(load_bits<Halves>(from, size));
}
template <class Size>
inline Floats load(const F16* from, Size size) {
  return widen_f16(load_bits<Halves>(from, size));
}
template <class Size>
inline Floats load(const float* from, Size size) {
  return load_bits<Floats>(from, size);
}

template <class Size>
inline void store(F32* to, Floats x, Size size) {
  store_bits(to, x, size);
}
template <class Size>
inline void store(Bf16* to, Floats x, Size size) {
  store_bits(to, narrow_bf16(x), size);
}
template <class Size>
inline void store(F16* to, Floats x, Size size) {
  store_bits(to, narrow_f16(x), size);
}
template <class Size>
inline void store(float* to, Floats x, Size size) {
  store_bits(to, x, size);
}

/// What x would be after a store and a load.
template <class Type>
inline Floats rounded(Floats x);
template <>
inline Floats rounded<F32>(Floats x) {
  return x;
}
template <>
inline Floats rounded<Bf16>(Floats x) {
  return floats_of(rounded_bf16(x) & 0xFFFF0000u);
}
template <>
inline Floats rounded<F16>(Floats x) {
  return widen_f16(narrow_f16(x));
}

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
