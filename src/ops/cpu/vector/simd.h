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

/// x * x - square, exactly, for square = x * x as it was rounded.
inline Floats lost_by_square(Floats x, Floats square) {
#if defined(__AVX2__)
  return fma(x, x, -square);
#else
  // Halves of the mantissa multiply without rounding.
  const Floats upper = floats_of(bits_of(x) & 0xFFFFF000u), lower = x - upper;
  return upper * upper - square + 2.0f * upper * lower + lower * lower;
#endif
}

/// The larger and the smaller of x and a bound; NaN passes.
inline Floats at_least(Floats x, float low) {
#if defined(__AVX512F__)
  return _mm512_maskz_max_ps(0xFFFF, splat(low), x);
#elif defined(__AVX2__)
  return _mm256_max_ps(splat(low), x);
#else
  return x < low ? splat(low) : x;
#endif
}
inline Floats at_most(Floats x, float high) {
#if defined(__AVX512F__)
  return _mm512_maskz_min_ps(0xFFFF, splat(high), x);
#elif defined(__AVX2__)
  return _mm256_min_ps(splat(high), x);
#else
  return x > high ? splat(high) : x;
#endif
}

/// x * 2^n for whole n, also where the result is subnormal or too large.
inline Floats times_power_of_two(Floats x, Floats n) {
#if defined(__AVX512F__)
  return _mm512_maskz_scalef_ps(0xFFFF, x, n);
#else
  // In two factors, each of which is a normal number.
  const Ints whole = __builtin_convertvector(n, Ints);
  const Ints half = whole >> 1;
  const Floats first = floats_of(reinterpret_cast<Bits>((half + 127) << 23));
  const Floats second = floats_of(reinterpret_cast<Bits>((whole - half + 127) << 23));
  return x * first * second;
#endif
}

/// Lanes 2k and 2k+1 exchanged.
inline Floats swap_pairs(Floats x) {
#if defined(__AVX512F__)
  return __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
#elif defined(__AVX2__)
  return __builtin_shufflevector(x, x, 1, 0, 3, 2, 5, 4, 7, 6);
#else
  return __builtin_shufflevector(x, x, 1, 0, 3, 2);
#endif
}

/// Sum of the lanes: halves are added until one is left.
inline float lane_sum(Floats x) {
#if defined(__AVX512F__)
  const auto eight = __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7) +
                     __builtin_shufflevector(x, x, 8, 9, 10, 11, 12, 13, 14, 15);
#elif defined(__AVX2__)
  const auto eight = x;
#endif
#if defined(__AVX2__)
  const auto four = __builtin_shufflevector(eight, eight, 0, 1, 2, 3) +
                    __builtin_shufflevector(eight, eight, 4, 5, 6, 7);
#else
  const auto four = x;
#endif
  return (four[0] + four[2]) + (four[1] + four[3]);
}

/// The lanes in f64, lower and upper half.
typedef double Doubles __attribute__((vector_size(kLanes * 4)));
struct Wide {
  Doubles low;
  Doubles high;
};
inline Wide widen(Floats x) {
  typedef float HalfFloats __attribute__((vector_size(kLanes * 2)));
  HalfFloats half[2];
  __builtin_memcpy(half, &x, sizeof x);
  return {__builtin_convertvector(half[0], Doubles), __builtin_convertvector(half[1], Doubles)};
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

#if defined(__AVX512F__)
// The same for the two shapes that the element types have, with masks.
inline __mmask16 mask_of(Part part) { return static_cast<__mmask16>((1u << part.count) - 1); }

template <>
inline Floats load_bits<Floats, F32>(const F32* from, Part part) {
  return _mm512_maskz_loadu_ps(mask_of(part), from);
}
template <>
inline Floats load_bits<Floats, float>(const float* from, Part part) {
  return _mm512_maskz_loadu_ps(mask_of(part), from);
}
template <>
inline Halves load_bits<Halves, Bf16>(const Bf16* from, Part part) {
  return reinterpret_cast<Halves>(_mm256_maskz_loadu_epi16(mask_of(part), from));
}
template <>
inline Halves load_bits<Halves, F16>(const F16* from, Part part) {
  return reinterpret_cast<Halves>(_mm256_maskz_loadu_epi16(mask_of(part), from));
}
inline void store_bits(F32* to, Floats vector, Part part) {
  _mm512_mask_storeu_ps(to, mask_of(part), vector);
}
inline void store_bits(float* to, Floats vector, Part part) {
  _mm512_mask_storeu_ps(to, mask_of(part), vector);
}
inline void store_bits(Bf16* to, Halves vector, Part part) {
  _mm256_mask_storeu_epi16(to, mask_of(part), reinterpret_cast<__m256i>(vector));
}
inline void store_bits(F16* to, Halves vector, Part part) {
  _mm256_mask_storeu_epi16(to, mask_of(part), reinterpret_cast<__m256i>(vector));
}
#endif

/// 16-bit codes as 32-bit ones and back; the upper halves of `wide` are 0.
inline Bits widen_bits(Halves bits) {
#if defined(__AVX512F__)
  return reinterpret_cast<Bits>(
      _mm512_maskz_cvtepu16_epi32(0xFFFF, reinterpret_cast<__m256i>(bits)));
#elif defined(__AVX2__)
  return reinterpret_cast<Bits>(_mm256_cvtepu16_epi32(reinterpret_cast<__m128i>(bits)));
#else
  return __builtin_convertvector(bits, Bits);
#endif
}

inline Halves narrow_bits(Bits wide) {
#if defined(__AVX512F__)
  return reinterpret_cast<Halves>(
      _mm512_maskz_cvtepi32_epi16(0xFFFF, reinterpret_cast<__m512i>(wide)));
#elif defined(__AVX2__)
  const __m256i both = reinterpret_cast<__m256i>(wide);
  return reinterpret_cast<Halves>(
      _mm_packus_epi32(_mm256_castsi256_si128(both), _mm256_extracti128_si256(both, 1)));
#else
  return __builtin_convertvector(wide, Halves);
#endif
}

// ---- bf16

inline Floats widen_bf16(Halves bits) { return floats_of(widen_bits(bits) << 16); }

/// Upper half of each lane after rounding to nearest even; NaN stays NaN.
inline Bits rounded_bf16(Floats x) {
  const Bits bits = bits_of(x);
  const Bits nearest = bits + (0x7FFFu + ((bits >> 16) & 1u));
  return x == x ? nearest : bits | 0x400000u;
}

inline Halves narrow_bf16(Floats x) { return narrow_bits(rounded_bf16(x) >> 16); }

// ---- f16

inline Floats widen_f16(Halves bits) {
#if defined(__AVX512F__)
  return _mm512_maskz_cvtph_ps(0xFFFF, reinterpret_cast<__m256i>(bits));
#elif defined(__AVX2__)
  return _mm256_cvtph_ps(reinterpret_cast<__m128i>(bits));
#else
  // The exponent is moved by a product, which also makes subnormals normal.
  const Bits wide = widen_bits(bits);
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
  return narrow_bits(magnitude | (bits_of(x) >> 16 & 0x8000u));
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
