#pragma once
/// One kernel for everything that makes each result from the elements at its own place.

#include "ops/cuda/memory_access.h"

namespace newbie::ops::cuda {

constexpr int kMapThreads = 256;
constexpr int kMapUnroll = 4;

/// `op.read<kWidth>(i, n)` fetches what results i ... i+n-1 need, `op.apply(fetched)` makes them.
/// All fetches of a thread are under way before the first is used.
template <int kWidth, class T, class Op>
__global__ void __launch_bounds__(kMapThreads) map_kernel(T* y, int64_t count, Op op) {
  const int64_t first = int64_t{blockIdx.x} * kMapThreads * kMapUnroll + threadIdx.x;
  decltype(op.template read<kWidth>(0, 0)) fetched[kMapUnroll];
#pragma unroll
  for (int u = 0; u < kMapUnroll; ++u) {
    const int64_t i = (first + u * kMapThreads) * kWidth;
    if (i < count) fetched[u] = op.template read<kWidth>(i, count - i);
  }
#pragma unroll
  for (int u = 0; u < kMapUnroll; ++u) {
    const int64_t i = (first + u * kMapThreads) * kWidth;
    if (i < count) write<kWidth>(y + i, op.apply(fetched[u]), count - i);
  }
}

template <int kWidth, class T, class Op>
void map_by(Tensor& y, const Op& op, std::string_view name) {
  if (y.numel() == 0) return;
  const int64_t blocks = divided_up(y.numel(), int64_t{kMapThreads} * kMapUnroll * kWidth);
  map_kernel<kWidth>
      <<<static_cast<unsigned>(blocks), kMapThreads, 0, newbie::cuda::stream_of(y.device())>>>(
          data_of<T>(y), y.numel(), op);
  require_launched(name);
}

/// y = op, several elements at a time when `wide` says that addresses allow it.
template <class T, class Op>
void map(Tensor& y, bool wide, const Op& op, std::string_view name) {
  if (wide) {
    map_by<kPack<T>, T>(y, op, name);
  } else {
    map_by<1, T>(y, op, name);
  }
}

}  // namespace newbie::ops::cuda
