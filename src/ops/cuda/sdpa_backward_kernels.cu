/// A row per block, read three times; the row stays in the cache between.
#include "ops/cuda/memory_access.h"
#include "ops/cuda/sdpa_backward.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;

/// Over the block, in a fixed order; every thread gets it.
template <class Join>
__device__ float over_block(float value, const Join& join) {
  __shared__ float parts[kThreads / 32];
  for (int step = 16; step > 0; step /= 2) {
    value = join(value, __shfl_xor_sync(~0u, value, step));
  }
  __syncthreads();
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = value;
  __syncthreads();
  value = parts[0];
  for (int warp = 1; warp < kThreads / 32; ++warp) value = join(value, parts[warp]);
  return value;
}

__device__ inline float larger(float a, float b) { return a < b ? b : a; }
__device__ inline float plus(float a, float b) { return a + b; }

/// What query i adds to the score of key j; -inf when it does not see it.
__device__ inline float offset(const SdpaShape& s, const ScoreBias& bias, int64_t i, int64_t j) {
  if (s.causal && j > i) return -INFINITY;
  if (s.window > 0 && i - j >= s.window) return -INFINITY;
  return i < bias.rows && j < bias.columns ? bias.data[i * bias.columns + j] : 0.0f;
}

template <class T>
__global__ void weigh_kernel(float* scores, float* slopes, SdpaShape s, ScoreBias bias, float scale,
                             int64_t first, int64_t rows, int64_t stride) {
  const int64_t at = (int64_t{blockIdx.y} * rows + blockIdx.x) * stride, i = first + blockIdx.x;
  float *score = scores + at, *slope = slopes + at;
  float highest = -INFINITY;
  for (int64_t j = threadIdx.x; j < s.length; j += kThreads) {
    highest = larger(highest, score[j] + offset(s, bias, i, j));
  }
  highest = over_block(highest, larger);
  const bool seen = highest > -INFINITY;
  const auto weight_of = [&](int64_t j) {
    return seen ? expf(score[j] + offset(s, bias, i, j) - highest) : 0.0f;
  };
  float total = 0.0f, mean = 0.0f;
  for (int64_t j = threadIdx.x; j < s.length; j += kThreads) {
    const float weight = weight_of(j);
    total += weight;
    mean = fmaf(weight, slope[j], mean);
  }
  total = over_block(total, plus);
  mean = over_block(mean, plus);
  const float inverse = seen ? 1.0f / total : 0.0f;
  mean *= inverse;
  // Results are no wider than what they replace: a step overwrites only what was read.
  T *weights = reinterpret_cast<T*>(score), *results = reinterpret_cast<T*>(slope);
  for (int64_t start = 0; start < s.length; start += kThreads) {
    const int64_t j = start + threadIdx.x;
    float weight = 0.0f, result = 0.0f;
    if (j < s.length) {
      weight = weight_of(j) * inverse;
      result = weight * (slope[j] - mean) * scale;
    }
    __syncthreads();
    if (j < s.length) {
      weights[j] = narrow<T>(weight);
      results[j] = narrow<T>(result);
    }
  }
}

}  // namespace

void weigh_and_slope(cudaStream_t stream, float* scores, float* slopes, const SdpaShape& shape,
                     const ScoreBias& bias, float scale, int64_t matrices, int64_t first,
                     int64_t rows, int64_t stride) {
  const dim3 blocks(static_cast<unsigned>(rows), static_cast<unsigned>(matrices));
  with_type(shape.type, [&]<class T>(T) {
    weigh_kernel<T>
        <<<blocks, kThreads, 0, stream>>>(scores, slopes, shape, bias, scale, first, rows, stride);
  });
  check_launch("back through a softmax");
}

void copy_rows(cudaStream_t stream, void* to, const void* from, size_t bytes) {
  check_cuda(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream), "copying rows");
}

}  // namespace newbie::ops::cuda
