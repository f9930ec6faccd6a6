/// The softmax owns a row per block and reads it twice; the row stays in the cache between. The
/// plain kernel owns a query and head per warp, reads every key once and keeps a running maximum.
#include "ops/cuda/device_math.h"
#include "ops/cuda/sdpa.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kWarps = kThreads / 32;
constexpr unsigned kAll = 0xffffffffu;

/// What query i adds to the score of key j; -inf when it does not see it.
__device__ inline float offset(const SdpaShape& s, const ScoreBias& bias, int64_t i, int64_t j) {
  if (s.causal && j > i) return -INFINITY;
  if (s.window > 0 && i - j >= s.window) return -INFINITY;
  return i < bias.rows && j < bias.columns ? bias.data[i * bias.columns + j] : 0.0f;
}

/// A softmax in progress: the highest score so far, and the sum of weights relative to it. What is
/// not a number is never lost, as a sum of zero alone means that nothing was seen.
struct Running {
  float highest = -INFINITY;
  float total = 0.0f;

  __device__ void add(const Running& other) {
    if (other.total == 0.0f) return;
    if (total == 0.0f) {
      *this = other;
      return;
    }
    const float top = fmaxf(highest, other.highest);
    total = total * expf(highest - top) + other.total * expf(other.highest - top);
    highest = top;
  }
};

__device__ inline Running over_warp(Running running) {
  for (int lanes = 16; lanes > 0; lanes /= 2) {
    running.add({__shfl_xor_sync(kAll, running.highest, lanes),
                 __shfl_xor_sync(kAll, running.total, lanes)});
  }
  return running;
}

template <class T>
__global__ void softmax_kernel(float* scores, SdpaShape s, ScoreBias bias, int64_t first,
                               int64_t rows, int64_t stride) {
  __shared__ Running partial[kWarps];
  float* row = scores + (int64_t{blockIdx.y} * rows + blockIdx.x) * stride;
  const int64_t i = first + blockIdx.x;
  Running running;
  for (int64_t j = threadIdx.x; j < s.length; j += kThreads) {
    const float score = row[j] + offset(s, bias, i, j);
    if (score > -INFINITY || isnan(score)) running.add({score, 1.0f});
  }
  running = over_warp(running);
  if (threadIdx.x % 32 == 0) partial[threadIdx.x / 32] = running;
  __syncthreads();
  running = partial[0];
  for (int warp = 1; warp < kWarps; ++warp) running.add(partial[warp]);

  // Weights are no wider than scores, so a step overwrites only what this and earlier steps read.
  T* weights = reinterpret_cast<T*>(row);
  for (int64_t start = 0; start < s.length; start += kThreads) {
    const int64_t j = start + threadIdx.x;
    float weight = 0.0f;
    if (j < s.length && running.total != 0.0f) {
      weight = expf(row[j] + offset(s, bias, i, j) - running.highest) / running.total;
    }
    __syncthreads();
    if (j < s.length) weights[j] = narrow<T>(weight);
  }
}

__global__ void spread_kernel(float* to, ScoreBias bias, int64_t length, int64_t stride) {
  const int64_t i = blockIdx.x;
  for (int64_t j = threadIdx.x; j < length; j += kThreads) {
    to[i * stride + j] = i < bias.rows && j < bias.columns ? bias.data[i * bias.columns + j] : 0.0f;
  }
}

/// kShare numbers of a head per lane.
template <class T, int kShare>
__global__ void plain_kernel(SdpaShape s, SdpaOperands operands) {
  const int lane = threadIdx.x % 32;
  const int64_t item = int64_t{blockIdx.x} * kWarps + threadIdx.x / 32;
  if (item >= s.batch * s.length * s.heads) return;
  const int64_t head = item % s.heads, row = item / s.heads;
  const int64_t i = row % s.length, begin = row - i;
  const int64_t kv_head = head / (s.heads / s.kv_heads);
  const T* q = static_cast<const T*>(operands.q) + (row * s.heads + head) * s.width;
  const T* k = static_cast<const T*>(operands.k) + (begin * s.kv_heads + kv_head) * s.width;
  const T* v = static_cast<const T*>(operands.v) + (begin * s.kv_heads + kv_head) * s.width;

  float query[kShare], sum[kShare] = {};
#pragma unroll
  for (int e = 0; e < kShare; ++e) {
    query[e] = e * 32 + lane < s.width ? wide(q[e * 32 + lane]) : 0.0f;
  }
  Running running;
  for (int64_t j = 0; j < s.length; ++j) {
    const float extra = offset(s, operands.bias, i, j);
    if (extra == -INFINITY) continue;
    const int64_t at = j * s.kv_heads * s.width;
    float score = 0.0f;
#pragma unroll
    for (int e = 0; e < kShare; ++e) {
      if (e * 32 + lane < s.width) score = fmaf(query[e], wide(k[at + e * 32 + lane]), score);
    }
    for (int lanes = 16; lanes > 0; lanes /= 2) score += __shfl_xor_sync(kAll, score, lanes);
    score = score * operands.scale + extra;
    const float top = fmaxf(running.highest, score);
    const float before = running.total == 0.0f ? 0.0f : expf(running.highest - top);
    const float weight = expf(score - top);
#pragma unroll
    for (int e = 0; e < kShare; ++e) {
      if (e * 32 + lane < s.width) {
        sum[e] = sum[e] * before + weight * wide(v[at + e * 32 + lane]);
      }
    }
    running.highest = top;
    running.total = running.total * before + weight;
  }
  T* out = static_cast<T*>(operands.out) + (row * s.heads + head) * s.width;
#pragma unroll
  for (int e = 0; e < kShare; ++e) {
    if (e * 32 + lane < s.width) {
      out[e * 32 + lane] = narrow<T>(running.total == 0.0f ? 0.0f : sum[e] / running.total);
    }
  }
}

}  // namespace

void softmax_rows(cudaStream_t stream, float* scores, DType type, const SdpaShape& shape,
                  const ScoreBias& bias, int64_t groups, int64_t first, int64_t rows,
                  int64_t stride) {
  const dim3 blocks(static_cast<unsigned>(rows), static_cast<unsigned>(groups));
  with_type(type, [&]<class T>(T) {
    softmax_kernel<T><<<blocks, kThreads, 0, stream>>>(scores, shape, bias, first, rows, stride);
  });
  check_launch("softmax of scores");
}

void spread_bias(cudaStream_t stream, float* to, const ScoreBias& bias, int64_t length,
                 int64_t stride) {
  spread_kernel<<<static_cast<unsigned>(length), kThreads, 0, stream>>>(to, bias, length, stride);
  check_launch("spreading a bias");
}

void plain_sdpa(Libraries& libraries, const SdpaShape& shape, const SdpaOperands& operands) {
  check(shape.width <= kPlainWidth, "plain attention was given a head that is too wide");
  const int64_t items = shape.batch * shape.length * shape.heads;
  if (items == 0) return;
  const auto blocks = static_cast<unsigned>((items + kWarps - 1) / kWarps);
  with_type(shape.type, [&]<class T>(T) {
    const auto run = [&](auto kernel) {
      kernel<<<blocks, kThreads, 0, libraries.stream()>>>(shape, operands);
    };
    if (shape.width <= 64) {
      run(plain_kernel<T, 2>);
    } else if (shape.width <= 128) {
      run(plain_kernel<T, 4>);
    } else if (shape.width <= 256) {
      run(plain_kernel<T, 8>);
    } else {
      run(plain_kernel<T, 16>);
    }
  });
  check_launch("plain attention");
}

}  // namespace newbie::ops::cuda
