#pragma once
/// Derivatives of the activations.

#include "ops/cuda/device_math.h"

namespace newbie::ops::cuda {

template <Activation kActivation>
__device__ inline float slope(float x) {
  if constexpr (kActivation == Activation::silu) {
    const float s = 1.0f / (1.0f + expf(-x));
    return s * fmaf(x, 1.0f - s, 1.0f);
  }
  if constexpr (kActivation == Activation::gelu_tanh) {
    const float square = x * x;
    const float s = 1.0f / (1.0f + expf(-x * fmaf(square, 0.0713548163f, 1.59576912f)));
    return fmaf(x * s * (1.0f - s), fmaf(square, 0.2140644489f, 1.59576912f), s);
  }
  if constexpr (kActivation == Activation::gelu_erf) {
    return fmaf(x * expf(x * x * -0.5f), 0.398942280f, normcdff(x));
  }
  return 1.0f;
}

/// The slope of a value that will be rounded to T: see activated_in.
template <class T, Activation kActivation>
__device__ inline float slope_in(float x) {
  if constexpr (kActivation == Activation::silu && sizeof(T) == 2) {
    const float s = __fdividef(1.0f, 1.0f + __expf(-x));
    return s * fmaf(x, 1.0f - s, 1.0f);
  }
  return slope<kActivation>(x);
}

}  // namespace newbie::ops::cuda
