#pragma once
/// The product that everything else is made of: kRows x two vectors of sums stay in registers while
/// one panel of the right operand streams by.

#include "ops/cpu/product/units.h"

namespace newbie::ops::cpu::NEWBIE_SIMD {

template <int kVectors>
inline void multiply_panel(const PanelProduct& p) {
  Floats sums[kRows][kVectors];
  const Unit* a = static_cast<const Unit*>(p.a);
  const float* b = static_cast<const float*>(p.b);
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      sums[i][v] = p.accumulate ? load(p.c + i * p.c_stride + v * kLanes, Whole{}) : Floats{};
    }
  }
  // At least once: a loop that may not run makes the compiler copy all sums through memory.
  int64_t u = 0;
  do {
    Floats right[kVectors];
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) right[v] = load(b + v * kLanes, Whole{});
#pragma GCC unroll 16
    for (int i = 0; i < kRows; ++i) {
      const Unit left = a[i * p.a_stride + u];
#pragma GCC unroll 2
      for (int v = 0; v < kVectors; ++v) {
        sums[i][v] = Units::multiply_add(left, right[v], sums[i][v]);
      }
    }
    b += kVectors * kLanes;
  } while (++u < p.units);
#pragma GCC unroll 16
  for (int i = 0; i < kRows; ++i) {
#pragma GCC unroll 2
    for (int v = 0; v < kVectors; ++v) {
      store(p.c + i * p.c_stride + v * kLanes, sums[i][v], Whole{});
    }
  }
}

inline void multiply(const PanelProduct& p) {
  if (p.columns == kLanes) {
    multiply_panel<1>(p);
  } else {
    multiply_panel<2>(p);
  }
}

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
