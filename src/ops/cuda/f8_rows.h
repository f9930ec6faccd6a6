#pragma once
/// A row of numbers as f8_e4m3 codes and a scale: what every kernel that ends in codes shares.

#include <cuda_fp8.h>

#include "ops/cuda/memory_access.h"

namespace newbie::ops::cuda {

constexpr float kLargestE4m3 = 448.0f;
/// As in reference/f8.cpp: rows below this are as good as zero.
constexpr float kSmallestRow = 0x1p-100f;

/// What a row is multiplied with, and what its codes are to be multiplied with.
struct RowScale {
  float inverse, scale;

  __device__ explicit RowScale(float largest) : inverse(1.0f), scale(1.0f) {
    if (largest < kSmallestRow) return;
    inverse = __fdiv_rn(kLargestE4m3, largest);
    scale = __fdiv_rn(largest, kLargestE4m3);
  }
};

template <int kWidth>
__device__ inline Pack<uint8_t, kWidth> codes_of(const float (&values)[kWidth], float inverse) {
  Pack<uint8_t, kWidth> codes;
  if constexpr (kWidth % 2 == 0) {
#pragma unroll
    for (int k = 0; k < kWidth; k += 2) {
      const float2 two{__fmul_rn(values[k], inverse), __fmul_rn(values[k + 1], inverse)};
      const __nv_fp8x2_storage_t both = __nv_cvt_float2_to_fp8x2(two, __NV_SATFINITE, __NV_E4M3);
      codes.value[k] = static_cast<uint8_t>(both & 0xFF);
      codes.value[k + 1] = static_cast<uint8_t>(both >> 8);
    }
  } else {
    codes.value[0] =
        __nv_cvt_float_to_fp8(__fmul_rn(values[0], inverse), __NV_SATFINITE, __NV_E4M3);
  }
  return codes;
}

/// Over the threads of a row: blockDim.x of them.
__device__ inline float largest_over_row(float value) {
#pragma unroll
  for (int lanes = 16; lanes > 0; lanes /= 2) {
    value = fmaxf(value, __shfl_xor_sync(~0u, value, lanes));
  }
  if (blockDim.x == 32) return value;
  __shared__ float parts[32];
  __syncthreads();
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = value;
  __syncthreads();
  for (unsigned warp = 0; warp < blockDim.x / 32; ++warp) value = fmaxf(value, parts[warp]);
  return value;
}

}  // namespace newbie::ops::cuda
