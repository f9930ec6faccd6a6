#pragma once
/// What differs between f32 units and pairs of bf16.

#include "ops/cpu/product/kernels.h"
#include "ops/cpu/vector/simd.h"

namespace newbie::ops::cpu::NEWBIE_SIMD {

#if defined(__AVX512F__)
inline constexpr int kRows = 14;  // 28 sums, two operands, one broadcast: 31 of 32 registers
#elif defined(__AVX2__)
inline constexpr int kRows = 6;  // 12 sums, two operands, one broadcast: 15 of 16
#else
inline constexpr int kRows = 4;
#endif

inline constexpr int64_t round_up(int64_t value, int64_t unit) {
  return (value + unit - 1) / unit * unit;
}

struct F32Units {
  using Unit = float;
  static constexpr bool kPairs = false;
  static constexpr int64_t kPerUnit = 1;

  static Floats multiply_add(Unit a, Floats b, Floats sum) { return fma(splat(a), b, sum); }
  static void store_weights(Unit* to, Floats x) { store(to, x, Whole{}); }
};

#if defined(__AVX512BF16__)
struct Bf16Units {
  using Unit = uint32_t;
  static constexpr bool kPairs = true;
  static constexpr int64_t kPerUnit = 2;

  static Floats multiply_add(Unit a, Floats b, Floats sum) {
    return _mm512_dpbf16_ps(sum, (__m512bh)_mm512_set1_epi32(static_cast<int>(a)), (__m512bh)b);
  }
  static void store_weights(Unit* to, Floats x) {
    const __m256bh narrow = _mm512_cvtneps_pbh(x);
    __builtin_memcpy(to, &narrow, sizeof narrow);
  }
};
using Units = Bf16Units;
#else
using Units = F32Units;
#endif

using Unit = Units::Unit;

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
