#pragma once
/// Loops of the reduce family and of group norm.

#include "ops/cpu/vector/math.h"

namespace newbie::ops::cpu::NEWBIE_SIMD {

inline double sum_of_squares(Element element, const void* x, int64_t n) {
  // f32 squares are exact in f64.
  Doubles low{}, high{};
  with_element(element, [&](auto type) {
    const auto* from = static_cast<const decltype(type)*>(x);
    for_vectors(n, [&](int64_t i, auto size) {
      const Wide wide = widen(load(from + i, size));
      low += wide.low * wide.low;
      high += wide.high * wide.high;
    });
  });
  double total = 0;
  for (int i = 0; i < kLanes / 2; ++i) total += low[i] + high[i];
  return total;
}

inline bool is_finite(float x) { return x - x == 0.0f; }

inline int64_t first_non_finite(Element element, const void* x, int64_t n) {
  constexpr int64_t kStep = 1024;
  int64_t found = -1;
  with_element(element, [&](auto type) {
    const auto* from = static_cast<const decltype(type)*>(x);
    for (int64_t begin = 0; begin < n && found < 0; begin += kStep) {
      const int64_t count = n - begin < kStep ? n - begin : kStep;
      // x - x is 0 for numbers and NaN for the rest; a sum of them is NaN as soon as one is.
      Floats zeros{};
      for_vectors(count, [&](int64_t i, auto size) {
        const Floats v = load(from + begin + i, size);
        zeros += v - v;
      });
      if (lane_sum(zeros) == 0.0f) continue;
      for (int64_t i = begin; i < begin + count && found < 0; ++i) {
        if (!is_finite(load(from + i, Part{1})[0])) found = i;
      }
    }
  });
  return found;
}

inline void add_to(double* sums, Floats x, Whole) {
  Wide total, more = widen(x);
  __builtin_memcpy(&total, sums, sizeof total);
  total = {total.low + more.low, total.high + more.high};
  __builtin_memcpy(sums, &total, sizeof total);
}
inline void add_to(double* sums, Floats x, Part part) {
  for (int64_t i = 0; i < part.count; ++i) sums[i] += static_cast<double>(x[i]);
}

/// sums[c] += term(x[row][c]) over the rows: a few rows in f32, those sums in f64.
template <class Type, class Term>
inline void add_columns(const Block& block, double* sums, const Term& term) {
  constexpr int64_t kRows = 16;
  for (int64_t first = 0; first < block.rows; first += kRows) {
    const int64_t last = first + kRows < block.rows ? first + kRows : block.rows;
    for_vectors(block.columns, [&](int64_t c, auto size) {
      Floats sum{};
      for (int64_t row = first; row < last; ++row) {
        sum +=
            term(load(static_cast<const Type*>(block.x) + row * block.stride + c, size), c, size);
      }
      add_to(sums + c, sum, size);
    });
  }
}

inline void column_sums(const Block& block, double* sums) {
  with_element(block.element, [&](auto type) {
    add_columns<decltype(type)>(block, sums, [](Floats v, int64_t, auto) { return v; });
  });
}

inline void column_squares(const Block& block, const float* mean, double* sums) {
  with_element(block.element, [&](auto type) {
    add_columns<decltype(type)>(block, sums, [&](Floats v, int64_t c, auto size) {
      const Floats distance = v - load(mean + c, size);
      return distance * distance;
    });
  });
}

inline void column_affine(const Block& block, const ColumnAffine& affine, void* y) {
  with_element(block.element, [&](auto type) {
    using Type = decltype(type);
    with_activation(affine.activation, [&](auto act) {
      for (int64_t row = 0; row < block.rows; ++row) {
        const Type* from = static_cast<const Type*>(block.x) + row * block.stride;
        Type* to = static_cast<Type*>(y) + row * block.stride;
        for_vectors(block.columns, [&](int64_t c, auto size) {
          const Floats centred = load(from + c, size) - load(affine.mean + c, size);
          const Floats value =
              fma(centred, load(affine.scale + c, size), load(affine.bias + c, size));
          store(to + c, activated<decltype(act)::value>(value), size);
        });
      }
    });
  });
}

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
