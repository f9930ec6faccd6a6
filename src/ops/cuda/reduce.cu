#include <algorithm>

#include "ops/cuda/memory_access.h"
#include "ops/cuda/reduce.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;
/// Elements that one block adds up: results do not depend on the device.
constexpr int64_t kPiece = 16384;

/// Sum over the block in a fixed order; the first thread gets it.
__device__ double sum_over_block(double value) {
  __shared__ double parts[kThreads / 32];
  value = sum_over_lanes(value);
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = value;
  __syncthreads();
  double total = 0;
  if (threadIdx.x == 0) {
    for (double part : parts) total += part;
  }
  return total;
}

template <class T>
__global__ void squares_kernel(double* parts, const T* x, int64_t each, int64_t pieces) {
  const int64_t item = blockIdx.x / pieces, begin = blockIdx.x % pieces * kPiece;
  const int64_t end = min(begin + kPiece, each);
  double sum = 0;
  for (int64_t i = begin + threadIdx.x; i < end; i += kThreads) {
    const double value = wide(x[item * each + i]);
    sum += value * value;
  }
  sum = sum_over_block(sum);
  if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}

__global__ void roots_kernel(double* y, const double* parts, int64_t items, int64_t pieces) {
  const int64_t item = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (item >= items) return;
  double sum = 0;
  for (int64_t p = 0; p < pieces; ++p) sum += parts[item * pieces + p];
  y[item] = sqrt(sum);
}

template <class T>
__global__ void non_finite_kernel(unsigned long long* first, const T* x, int64_t count) {
  const int64_t step = int64_t{gridDim.x} * kThreads;
  for (int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x; i < count; i += step) {
    if (!isfinite(wide(x[i]))) {
      atomicMin(first, static_cast<unsigned long long>(i));
      return;  // later elements of this thread have larger indices
    }
  }
}

/// blockDim = (columns, walkers over rows); one block per tile of columns and sequence.
template <class T>
__global__ void mean_kernel(T* y, const T* x, const int64_t* offsets, int64_t width) {
  const int64_t begin = offsets[blockIdx.y], end = offsets[blockIdx.y + 1];
  y += blockIdx.y * width;
  extern __shared__ double sums[];
  const int64_t column = int64_t{blockIdx.x} * blockDim.x + threadIdx.x;
  double sum = 0;
  if (column < width) {
    for (int64_t row = begin + threadIdx.y; row < end; row += blockDim.y) {
      sum += wide(x[row * width + column]);
    }
  }
  sums[threadIdx.y * blockDim.x + threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y > 0 || column >= width) return;
  for (unsigned w = 1; w < blockDim.y; ++w) sum += sums[w * blockDim.x + threadIdx.x];
  y[column] = narrow<T>(static_cast<float>(sum / static_cast<double>(end - begin)));
}

/// Sums of a stretch of two items, enough for their norms and spreads.
struct Moments {
  double y, y_squares, reference, reference_squares;
};

constexpr int64_t kStretch = 4096;

template <class T>
__global__ void moments_kernel(Moments* parts, const T* y, const T* reference, int64_t each,
                               int64_t pieces) {
  const int64_t item = blockIdx.x / pieces, begin = blockIdx.x % pieces * kStretch;
  const int64_t end = min(begin + kStretch, each);
  Moments m{};
  for (int64_t i = begin + threadIdx.x; i < end; i += kThreads) {
    const double a = wide(y[item * each + i]), b = wide(reference[item * each + i]);
    m.y += a;
    m.y_squares += a * a;
    m.reference += b;
    m.reference_squares += b * b;
  }
  for (double* value : {&m.y, &m.y_squares, &m.reference, &m.reference_squares}) {
    *value = sum_over_block(*value);
    __syncthreads();
  }
  if (threadIdx.x == 0) parts[blockIdx.x] = m;
}

/// |x - mean| or |x| of an item from its sums.
__device__ double length_of(double sum, double squares, int64_t each, bool about_mean) {
  if (about_mean) squares -= sum * sum / static_cast<double>(each);
  return sqrt(fmax(squares, 0.0));
}

template <class T>
__global__ void match_kernel(T* out, const T* y, const Moments* parts, int64_t each, int64_t pieces,
                             NormMatch kind, float amount) {
  const int64_t item = blockIdx.x / pieces, begin = blockIdx.x % pieces * kStretch;
  const int64_t end = min(begin + kStretch, each);
  // Every block adds up the same parts in the same order.
  Moments m{};
  for (int64_t p = 0; p < pieces; ++p) {
    const Moments& part = parts[item * pieces + p];
    m.y += part.y;
    m.y_squares += part.y_squares;
    m.reference += part.reference;
    m.reference_squares += part.reference_squares;
  }
  const bool spread = kind == NormMatch::spread;
  const double found = length_of(m.y, m.y_squares, each, spread);
  const double wanted = length_of(m.reference, m.reference_squares, each, spread);
  const double share = amount, ratio = found > 0 ? wanted / found : 1;
  double factor = ratio;
  if (kind == NormMatch::at_most) factor = found > 0 ? fmin(1.0, share * ratio) : 1;
  if (spread) factor = share * ratio + 1 - share;
  const auto narrowed = static_cast<float>(factor);
  for (int64_t i = item * each + begin + threadIdx.x; i < item * each + end; i += kThreads) {
    out[i] = narrow<T>(wide(y[i]) * narrowed);
  }
}

}  // namespace

void match_norms(Tensor& out, const Tensor& y, const Tensor& reference, const NormMatch& kind,
                 const float& amount) {
  if (y.numel() == 0) return;
  const int64_t items = y.dim(0), each = y.numel() / items, pieces = divided_up(each, kStretch);
  const MemoryScope scope(y.device(), MemoryUse::workspace);
  Tensor parts = Tensor::empty({items * pieces * int64_t{sizeof(Moments)}}, DType::u8, y.device());
  if (y.device().plans()) return;
  const cudaStream_t stream = newbie::cuda::stream_of(y.device());
  const auto blocks = static_cast<unsigned>(items * pieces);
  with_type(y.dtype(), [&]<class T>(T) {
    moments_kernel<T><<<blocks, kThreads, 0, stream>>>(data_of<Moments>(parts), data_of<T>(y),
                                                       data_of<T>(reference), each, pieces);
    match_kernel<T><<<blocks, kThreads, 0, stream>>>(
        data_of<T>(out), data_of<T>(y), data_of<Moments>(parts), each, pieces, kind, amount);
  });
  require_launched("match_norms");
}

void mean_rows(Tensor& y, const Tensor& x, const Packing& sequences) {
  const int64_t width = x.dim(1);
  if (width == 0) return;
  unsigned columns = 32;
  while (columns > 1 && columns / 2 >= width) columns /= 2;
  const dim3 block(columns, 512 / columns);
  const auto tiles = static_cast<unsigned>(divided_up(width, columns));
  constexpr int64_t kMostSequences = 65535;  // blocks of one launch along y
  const Tensor offsets =
      Tensor::from<int64_t>(sequences.offsets, {sequences.count() + 1}, y.device());
  with_type(x.dtype(), [&]<class T>(T) {
    for (int64_t b = 0; b < sequences.count(); b += kMostSequences) {
      const dim3 grid(tiles,
                      static_cast<unsigned>(std::min(kMostSequences, sequences.count() - b)));
      mean_kernel<T><<<grid, block, 512 * sizeof(double), newbie::cuda::stream_of(y.device())>>>(
          data_of<T>(y) + b * width, data_of<T>(x), data_of<int64_t>(offsets) + b, width);
    }
  });
  require_launched("mean_rows");
}

void norms(Tensor& y, const Tensor& x) {
  const int64_t items = y.numel();
  if (items == 0) return;
  const int64_t each = x.numel() / items, pieces = divided_up(each, kPiece);
  const MemoryScope scope(y.device(), MemoryUse::workspace);
  Tensor parts = Tensor::empty({items, pieces}, DType::f64, y.device());
  if (y.device().plans()) return;
  const cudaStream_t stream = newbie::cuda::stream_of(y.device());
  with_type(x.dtype(), [&]<class T>(T) {
    if (pieces == 0) return;
    squares_kernel<T><<<static_cast<unsigned>(items * pieces), kThreads, 0, stream>>>(
        data_of<double>(parts), data_of<T>(x), each, pieces);
  });
  roots_kernel<<<static_cast<unsigned>(divided_up(items, kThreads)), kThreads, 0, stream>>>(
      data_of<double>(y), data_of<double>(parts), items, pieces);
  require_launched("norms");
}

void first_non_finite(Tensor& y, const Tensor& x) {
  // All bits set is the largest index, and -1.
  auto& context = newbie::cuda::context_of(y.device());
  newbie::cuda::require(cudaMemsetAsync(data_of<int64_t>(y), 0xFF, y.bytes(), context.stream()),
                        "first_non_finite");
  if (x.numel() == 0) return;
  const int64_t most = int64_t{context.processors()} * 16;
  const auto blocks = static_cast<unsigned>(min(divided_up(x.numel(), kThreads), most));
  with_type(x.dtype(), [&]<class T>(T) {
    non_finite_kernel<T><<<blocks, kThreads, 0, context.stream()>>>(data_of<unsigned long long>(y),
                                                                    data_of<T>(x), x.numel());
  });
  require_launched("first_non_finite");
}

}  // namespace newbie::ops::cuda
