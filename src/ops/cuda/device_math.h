#pragma once
/// What every kernel needs: numbers of each type as f32, and the activations.

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "base/error.h"
#include "ops/activation.h"
#include "tensor/dtype.h"

namespace newbie::ops::cuda {

__device__ inline float wide(float value) { return value; }
__device__ inline float wide(__nv_bfloat16 value) { return __bfloat162float(value); }
__device__ inline float wide(__half value) { return __half2float(value); }

template <class T>
__device__ inline T narrow(float value);
template <>
__device__ inline float narrow<float>(float value) {
  return value;
}
template <>
__device__ inline __nv_bfloat16 narrow<__nv_bfloat16>(float value) {
  return __float2bfloat16_rn(value);
}
template <>
__device__ inline __half narrow<__half>(float value) {
  return __float2half_rn(value);
}

template <Activation kActivation>
__device__ inline float activated(float x) {
  if constexpr (kActivation == Activation::silu) return x / (1.0f + expf(-x));
  if constexpr (kActivation == Activation::gelu_tanh) {
    // (1 + tanh(u)) / 2 = 1 / (1 + exp(-2u)), without its cancellation for negative u.
    const float u = 0.79788456080286535588f * (x + 0.044715f * x * x * x);
    return x / (1.0f + expf(-2.0f * u));
  }
  if constexpr (kActivation == Activation::gelu_erf) {
    return x * normcdff(x);
  }
  return x;
}

/// Calls body with a value of the element type.
template <class Body>
void with_type(DType type, const Body& body) {
  switch (type) {
    case DType::f32:
      return body(float{});
    case DType::bf16:
      return body(__nv_bfloat16{});
    case DType::f16:
      return body(__half{});
    default:
      check(false, "a CUDA kernel was given a type that ops refuse");
  }
}

template <Activation kActivation>
struct ActivationTag {
  static constexpr Activation kValue = kActivation;
};

/// Calls body with the activation as a type.
template <class Body>
void with_activation(Activation activation, const Body& body) {
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

}  // namespace newbie::ops::cuda
