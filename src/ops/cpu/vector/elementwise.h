#pragma once
/// Loops of the elementwise family.

#include "ops/cpu/vector/math.h"

namespace newbie::ops::cpu::NEWBIE_SIMD {

/// y[i] = f(vectors of x at i): one pass, any number of inputs of one type.
template <class Type, class Function, class... Inputs>
inline void map(void* y, int64_t n, const Function& function, const Inputs*... inputs) {
  auto* to = static_cast<Type*>(y);
  for_vectors(n, [&](int64_t i, auto size) {
    store(to + i, function(load(static_cast<const Type*>(inputs) + i, size)...), size);
  });
}

inline void activate(Element element, Activation activation, const void* x, void* y, int64_t n) {
  with_element(element, [&](auto type) {
    with_activation(activation, [&](auto act) {
      map<decltype(type)>(
          y, n, [](Floats v) { return activated<decltype(act)::value>(v); }, x);
    });
  });
}

inline void gated(Element element, Activation activation, const void* gate, const void* up, void* y,
                  int64_t n) {
  with_element(element, [&](auto type) {
    with_activation(activation, [&](auto act) {
      map<decltype(type)>(
          y, n, [](Floats g, Floats u) { return activated<decltype(act)::value>(g) * u; }, gate,
          up);
    });
  });
}

inline void add(Element element, const void* a, const void* b, void* y, int64_t n) {
  with_element(element, [&](auto type) {
    map<decltype(type)>(
        y, n, [](Floats u, Floats v) { return u + v; }, a, b);
  });
}

inline void combine(Element element, int64_t terms, const float* coefficients, const void* const* x,
                    void* y, int64_t n) {
  with_element(element, [&](auto type) {
    using Type = decltype(type);
    for_vectors(n, [&](int64_t i, auto size) {
      Floats sum = load(static_cast<const Type*>(x[0]) + i, size) * coefficients[0];
      for (int64_t term = 1; term < terms; ++term) {
        const Floats value = load(static_cast<const Type*>(x[term]) + i, size);
        sum = fma(value, splat(coefficients[term]), sum);
      }
      store(static_cast<Type*>(y) + i, sum, size);
    });
  });
}

inline void affine(Element element, const void* x, float scale, float shift, void* y, int64_t n) {
  with_element(element, [&](auto type) {
    map<decltype(type)>(
        y, n, [=](Floats v) { return fma(v, splat(scale), splat(shift)); }, x);
  });
}

inline void clamp(Element element, const void* x, float low, float high, void* y, int64_t n) {
  with_element(element, [&](auto type) {
    map<decltype(type)>(
        y, n, [=](Floats v) { return at_most(at_least(v, low), high); }, x);
  });
}

inline void convert(Element from, const void* x, float scale, Element to, void* y, int64_t n) {
  with_element(from, [&](auto source) {
    with_element(to, [&](auto target) {
      const auto* in = static_cast<const decltype(source)*>(x);
      auto* out = static_cast<decltype(target)*>(y);
      for_vectors(n,
                  [&](int64_t i, auto size) { store(out + i, load(in + i, size) * scale, size); });
    });
  });
}

inline void tanh_of(const float* x, float* y, int64_t n) {
  for_vectors(n, [&](int64_t i, auto size) { store(y + i, tanh(load(x + i, size)), size); });
}

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
