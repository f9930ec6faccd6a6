#pragma once
/// How kernels that are bound by memory read and write it: 16 bytes per access where addresses
/// allow, one element where not, and the same arithmetic in both.

#include <cstdint>
#include <initializer_list>

#include "ops/cuda/device_math.h"
#include "tensor/cuda/context.h"
#include "tensor/tensor.h"

namespace newbie::ops::cuda {

/// Elements that travel together.
template <class T, int kCount>
struct alignas(sizeof(T) * kCount < 16 ? sizeof(T) * kCount : 16) Pack {
  T value[kCount];
};

/// Elements of T in 16 bytes.
template <class T>
inline constexpr int kPack = 16 / sizeof(T);

/// The first `n` of kCount elements; the others are zeros.
template <int kCount, class T>
__device__ inline Pack<T, kCount> read(const T* from, int64_t n = kCount) {
  if (n >= kCount) return *reinterpret_cast<const Pack<T, kCount>*>(from);
  Pack<T, kCount> pack{};
#pragma unroll
  for (int k = 0; k < kCount; ++k) {
    if (k < n) pack.value[k] = from[k];
  }
  return pack;
}

template <int kCount, class T>
__device__ inline void write(T* to, const Pack<T, kCount>& pack, int64_t n = kCount) {
  if (n >= kCount) {
    *reinterpret_cast<Pack<T, kCount>*>(to) = pack;
    return;
  }
#pragma unroll
  for (int k = 0; k < kCount; ++k) {
    if (k < n) to[k] = pack.value[k];
  }
}

/// The activation of a value that will be rounded to T: 16 bits cannot tell the fast exponential
/// and quotient from the exact ones.
template <class T, Activation kActivation>
__device__ inline float activated_in(float x) {
  if constexpr (kActivation == Activation::silu && sizeof(T) == 2) {
    return __fdividef(x, 1.0f + __expf(-x));
  }
  return activated<kActivation>(x);
}

/// Sum over the `lanes` lanes (a power of two) that share this lane's group; every lane gets it.
template <class Number>
__device__ inline Number sum_over_lanes(Number value, int lanes = 32) {
  for (int step = lanes / 2; step > 0; step /= 2) value += __shfl_xor_sync(~0u, value, step);
  return value;
}

/// Whether all addresses are multiples of 16.
inline bool aligned(std::initializer_list<const void*> addresses) {
  for (const void* address : addresses) {
    if (reinterpret_cast<uintptr_t>(address) % 16 != 0) return false;
  }
  return true;
}

inline int64_t divided_up(int64_t count, int64_t each) { return (count + each - 1) / each; }

template <class T>
const T* data_of(const Tensor& tensor) {
  return reinterpret_cast<const T*>(tensor.raw());
}
template <class T>
T* data_of(Tensor& tensor) {
  return reinterpret_cast<T*>(tensor.mutable_raw());
}

/// After a launch: whether it could start.
inline void require_launched(std::string_view kernel) {
  newbie::cuda::require(cudaGetLastError(), kernel);
}

}  // namespace newbie::ops::cuda
