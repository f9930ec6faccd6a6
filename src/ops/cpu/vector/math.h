#pragma once
/// exp, tanh and the activations on vectors. Polynomials are minimax fits made for this file. In
/// units in the last place of f32: exp and tanh are within 2, the normal distribution within 6.

#include "ops/cpu/vector/simd.h"

namespace newbie::ops::cpu::NEWBIE_SIMD {

/// Horner's scheme, highest power first.
template <class... More>
inline Floats polynomial(Floats x, float first, More... more) {
  Floats sum = splat(first);
  ((sum = fma(sum, x, splat(more))), ...);
  return sum;
}

/// e^x; 0 below -104, infinity above 89.
inline Floats exp(Floats x) {
  x = at_most(at_least(x, -104.0f), 89.0f);
  // x = n ln 2 + r. Adding and taking away 1.5 * 2^23 rounds n to a whole number.
  const Floats n = fma(x, splat(1.44269504f), splat(12582912.0f)) - 12582912.0f;
  const Floats r = fma(n, splat(2.12194440e-4f), fma(n, splat(-0.693359375f), x));
  const Floats tail =
      polynomial(r, 0.001392617612f, 0.008363173075f, 0.04166655466f, 0.1666657703f, 0.5f);
  return times_power_of_two(fma(r * r, tail, r) + 1.0f, n);
}

inline Floats tanh(Floats x) {
  const Floats size = absolute(x);
  const Floats s = x * x;
  const Floats odd =
      polynomial(s, -0.006096714166f, 0.020997179f, -0.05385090958f, 0.1333276974f, -0.3333332894f);
  const Floats small = fma(size * s, odd, size);
  const Floats large = 1.0f - 2.0f / (exp(size + size) + 1.0f);
  return with_sign(size < 0.625f ? small : large, x);
}

/// 1 / (1 + e^-x), without overflow and without cancellation for negative x.
inline Floats sigmoid(Floats x) {
  const Floats e = exp(-absolute(x));
  return (x >= 0.0f ? splat(1.0f) : e) / (1.0f + e);
}

/// Probability that a standard normal variable is below x: (1 + erf(x / sqrt 2)) / 2.
inline Floats normal_cdf(Floats x) {
  const Floats size = absolute(x);
  const Floats square = x * x;
  // What the rounding of x^2 lost comes back as a factor.
  const Floats lost = lost_by_square(x, square);
  const Floats bell = exp(square * -0.5f);
  const Floats exact_bell = fma(bell * -0.5f, lost == lost ? lost : Floats{}, bell);
  // Tail = bell * t * polynomial(t), t = 1 / (1 + 0.35 |x|), fitted up to |x| = 10.
  const Floats t = 1.0f / fma(size, splat(0.35f), splat(1.0f));
  const Floats ratio =
      polynomial(t, -0.02833805991f, 0.1400105382f, -0.2474454553f, 0.149596855f, -0.01639273929f,
                 0.1025932293f, 0.1205954835f, 0.1397520855f, 0.1396280512f);
  const Floats upper = exact_bell * (t * ratio);
  return x >= 0.0f ? 1.0f - upper : upper;
}

template <Activation kActivation>
inline Floats activated(Floats x) {
  if constexpr (kActivation == Activation::silu) return x * sigmoid(x);
  if constexpr (kActivation == Activation::gelu_tanh) {
    // (1 + tanh u) / 2 = sigmoid(2 u), 2 u = sqrt(8/pi) (x + 0.044715 x^3)
    return x * sigmoid(x * fma(x * x, splat(0.0713548163f), splat(1.59576912f)));
  }
  if constexpr (kActivation == Activation::gelu_erf) return x * normal_cdf(x);
  return x;
}

/// A type for each activation, so that loops are written once and compiled for each.
template <Activation kValue>
struct ActivationTag {
  static constexpr Activation value = kValue;
};

template <class Body>
inline void with_activation(Activation activation, const Body& body) {
  switch (activation) {
    case Activation::none:
      return body(ActivationTag<Activation::none>{});
    case Activation::silu:
      return body(ActivationTag<Activation::silu>{});
    case Activation::gelu_tanh:
      return body(ActivationTag<Activation::gelu_tanh>{});
    case Activation::gelu_erf:
      return body(ActivationTag<Activation::gelu_erf>{});
  }
}

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
