#pragma once
/// Sums of many rows: taken in pieces fixed by the shape, and joined in order.

#include "ops/cuda/memory_access.h"

namespace newbie::ops::cuda {

/// Room for the sums of pieces.
inline Tensor piece_sums(const Device& device, Shape shape, DType type = DType::f32) {
  const MemoryScope scope(device, MemoryUse::workspace);
  return Tensor::empty(shape, type, device);
}

constexpr int kJoinColumns = 32, kJoinWalkers = 16;

/// y[group, column] = sum over pieces of parts[group, piece, column]. Walkers take turns with the
/// pieces, and what they found is added in order.
template <class Number>
__global__ void __launch_bounds__(kJoinColumns* kJoinWalkers)
    join_kernel(float* y, const Number* parts, int64_t groups, int64_t pieces, int64_t width,
                int64_t group_step, int64_t piece_step) {
  __shared__ double walked[kJoinWalkers][kJoinColumns + 1];
  const int64_t i = int64_t{blockIdx.x} * kJoinColumns + threadIdx.x;
  const bool inside = i < groups * width;
  double sum = 0;
  if (inside) {
    const Number* from = parts + i / width * group_step + i % width;
    for (int64_t p = threadIdx.y; p < pieces; p += kJoinWalkers) sum += from[p * piece_step];
  }
  walked[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y > 0 || !inside) return;
  for (int w = 1; w < kJoinWalkers; ++w) sum += walked[w][threadIdx.x];
  y[i] = static_cast<float>(sum);
}

/// y [groups,width] f32 from parts, which begin `offset` elements into their tensor; nothing where
/// y is not wanted.
template <class Number>
void join_pieces(const Tensor& y, const Tensor& parts, int64_t offset, int64_t groups,
                 int64_t pieces, int64_t width, int64_t group_step, int64_t piece_step) {
  if (!y.defined() || y.numel() == 0) return;
  Tensor to = y;
  const auto blocks = static_cast<unsigned>(divided_up(groups * width, kJoinColumns));
  join_kernel<<<blocks, dim3(kJoinColumns, kJoinWalkers), 0, newbie::cuda::stream_of(y.device())>>>(
      data_of<float>(to), data_of<Number>(parts) + offset, groups, pieces, width, group_step,
      piece_step);
  require_launched("joining sums");
}

}  // namespace newbie::ops::cuda
