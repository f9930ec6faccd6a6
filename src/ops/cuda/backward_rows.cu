/// A block takes a piece of a sequence's rows: it keeps its columns' sums in registers while dx
/// leaves. Pieces are joined in order by a second kernel.
#include <algorithm>

#include "ops/cuda/backward.h"
#include "ops/cuda/norm_rows.h"
#include "ops/cuda/piece_sums.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;
/// Pieces of all sequences together, about: several for each block that fits on a device, so that
/// few wait for the last ones. No piece has fewer rows than this.
constexpr int64_t kPieces = 2048;
constexpr int64_t kLeastRows = 8;
constexpr int64_t kWidest = 8192;
/// Of the sequences whose factors are gone back through.
constexpr int64_t kFactorPieces = 64;

Tensor on_device(const std::vector<int64_t>& values, const Device& device) {
  const MemoryScope scope(device, MemoryUse::workspace);
  return Tensor::from<int64_t>(values, Shape{static_cast<int64_t>(values.size())}, device);
}

/// Pieces per sequence, the same for all.
int64_t pieces_of(const Packing& sequences) {
  int64_t longest = 1;
  for (int64_t b = 0; b < sequences.count(); ++b) {
    longest = std::max(longest, sequences.length(b));
  }
  const int64_t each = std::max<int64_t>(1, kPieces / std::max<int64_t>(1, sequences.count()));
  return std::min(each, divided_up(longest, kLeastRows));
}

template <class T>
struct RowSlopes {
  T* dx;
  const T* dy;
  const T* x;
  const float* factor;     // [B,width]
  const int64_t* offsets;  // [B+1]
  float* sums;             // [B,pieces,2,width]: products, then plain
  int64_t pieces;
  int width;
  float eps;
  bool centred;
};

/// blockDim = (threads per row, rows at a time); a thread holds kColumns columns of a row.
template <class T, int kColumns>
__global__ void __launch_bounds__(kThreads) row_slopes_kernel(const RowSlopes<T> a) {
  using Number = Statistic<T>;
  const int64_t b = blockIdx.y, begin = a.offsets[b], length = a.offsets[b + 1] - begin;
  const int64_t each = (length + a.pieces - 1) / a.pieces;
  const int64_t first = begin + min(each * blockIdx.x, length);
  const int64_t last = begin + min(each * (blockIdx.x + 1), length);
  const int lanes = static_cast<int>(blockDim.x), lane = static_cast<int>(threadIdx.x);
  float factor[kColumns], products[kColumns] = {}, plain[kColumns] = {};
#pragma unroll
  for (int k = 0; k < kColumns; ++k) {
    const int column = k * lanes + lane;
    factor[k] = column < a.width ? a.factor[b * a.width + column] : 0.0f;
  }
  for (int64_t row = first + threadIdx.y; row < last; row += blockDim.y) {
    const int64_t at = row * a.width;
    float x[kColumns], dy[kColumns];
    Number mean = 0;
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      const int column = k * lanes + lane;
      const bool inside = column < a.width;
      x[k] = inside ? wide(a.x[at + column]) : 0.0f;
      dy[k] = inside ? wide(a.dy[at + column]) : 0.0f;
      mean += x[k];
    }
    mean = a.centred ? sum_over_row(mean) / a.width : Number(0);
    Number squares = 0;
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      if (k * lanes + lane < a.width) squares += (x[k] - mean) * (x[k] - mean);
    }
    const Number root = inverse_root(sum_over_row(squares) / a.width + static_cast<Number>(a.eps));
    Number sum = 0, product = 0;
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      x[k] = static_cast<float>((x[k] - mean) * root);
      const Number g = static_cast<Number>(dy[k]) * factor[k];
      sum += g;
      product += g * x[k];
    }
    sum = a.centred ? sum_over_row(sum) / a.width : Number(0);
    product = sum_over_row(product) / a.width;
#pragma unroll
    for (int k = 0; k < kColumns; ++k) {
      const int column = k * lanes + lane;
      if (column < a.width) {
        const Number g = static_cast<Number>(dy[k]) * factor[k] - sum - x[k] * product;
        a.dx[at + column] = narrow<T>(static_cast<float>(g * root));
        products[k] = fmaf(dy[k], x[k], products[k]);
        plain[k] += dy[k];
      }
    }
  }
  // Rows that were taken side by side are joined in order.
  __shared__ float parts[kThreads];
  float* to = a.sums + (b * a.pieces + blockIdx.x) * 2 * a.width;
#pragma unroll
  for (int k = 0; k < 2 * kColumns; ++k) {
    if (k >= kColumns && !a.centred) break;  // an RMS norm has no bias
    float& value = k < kColumns ? products[k % kColumns] : plain[k % kColumns];
    if (blockDim.y > 1) {
      __syncthreads();
      parts[threadIdx.y * lanes + lane] = value;
      __syncthreads();
      value = 0;
      for (unsigned w = 0; w < blockDim.y; ++w) value += parts[w * lanes + lane];
    }
    const int column = k % kColumns * lanes + lane;
    if (threadIdx.y == 0 && column < a.width) {
      to[(k < kColumns ? 0 : a.width) + column] = value;
    }
  }
}

unsigned blocks_for(int64_t items) { return static_cast<unsigned>(divided_up(items, kThreads)); }

}  // namespace

std::string row_norm_backward_declines(const RowSums&, const Tensor&, const Tensor& x,
                                       const Tensor&, const RowStatistic&, const float&,
                                       const Packing& sequences) {
  if (sequences.count() > 65535) return "more than 65535 sequences";
  return x.dim(1) <= kWidest ? "" : "rows wider than 8192";
}

void row_norm_backward(Tensor& dx, const RowSums& sums, const Tensor& dy, const Tensor& x,
                       const Tensor& factor, const RowStatistic& statistic, const float& eps,
                       const Packing& sequences) {
  const int64_t width = x.dim(1), count = sequences.count(), pieces = pieces_of(sequences);
  if (count == 0 || width == 0) return;
  const Device& device = x.device();
  const Tensor offsets = on_device(sequences.offsets, device);
  Tensor partial = piece_sums(device, {count, pieces, 2 * width});
  with_type(x.dtype(), [&]<class T>(T) {
    const RowSlopes<T> a{.dx = data_of<T>(dx),
                         .dy = data_of<T>(dy),
                         .x = data_of<T>(x),
                         .factor = data_of<float>(factor),
                         .offsets = data_of<int64_t>(offsets),
                         .sums = data_of<float>(partial),
                         .pieces = pieces,
                         .width = static_cast<int>(width),
                         .eps = eps,
                         .centred = statistic == RowStatistic::moments};
    const dim3 grid(static_cast<unsigned>(pieces), static_cast<unsigned>(count));
    const auto run = [&](auto kernel, unsigned lanes) {
      kernel<<<grid, dim3(lanes, kThreads / lanes), 0, newbie::cuda::stream_of(device)>>>(a);
    };
    if (width <= 128) return run(row_slopes_kernel<T, 4>, 32);
    if (width <= 256) return run(row_slopes_kernel<T, 8>, 32);
    if (width <= 1024) return run(row_slopes_kernel<T, 4>, kThreads);
    if (width <= 2560) return run(row_slopes_kernel<T, 10>, kThreads);
    return run(row_slopes_kernel<T, 32>, kThreads);
  });
  require_launched("row_norm_backward");
  join_pieces<float>(sums.products, partial, 0, count, pieces, width, pieces * 2 * width, 2 * width);
  join_pieces<float>(sums.plain, partial, width, count, pieces, width, pieces * 2 * width, 2 * width);
}

namespace {

/// What multiplies x_hat: see ops/backward/norm.h.
struct FactorParts {
  const float* weight;  // null for ones
  const float* modulation;
  float offset;  // added to the weight
  Modulation how;
  int64_t width;

  __device__ float plain(int64_t i) const { return (weight ? weight[i % width] : 1.0f) + offset; }
  __device__ float modulated(int64_t i) const {
    if (how == Modulation::none) return 1.0f;
    return how == Modulation::scale ? 1.0f + modulation[i] : tanhf(modulation[i]);
  }
};

__global__ void factors_kernel(float* y, FactorParts parts, int64_t count) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i < count) y[i] = parts.plain(i) * parts.modulated(i);
}

/// A thread takes a column of `each` sequences; sums [pieces,width].
__global__ void factors_backward_kernel(double* sums, float* d_modulation, const float* products,
                                        FactorParts parts, int64_t sequences, int64_t each) {
  const int64_t d = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (d >= parts.width) return;
  const int64_t last = min((blockIdx.y + 1) * each, sequences);
  double sum = 0;
  for (int64_t b = blockIdx.y * each; b < last; ++b) {
    const int64_t i = b * parts.width + d;
    const float m = parts.modulated(i);
    sum += static_cast<double>(products[i]) * m;
    if (parts.how == Modulation::none) continue;
    const float slope = parts.how == Modulation::scale ? 1.0f : 1.0f - m * m;
    d_modulation[i] = products[i] * parts.plain(i) * slope;
  }
  sums[blockIdx.y * parts.width + d] = sum;
}

Tensor as_f32(const Tensor& x) { return x.defined() ? ops::cast(x, DType::f32) : x; }

FactorParts parts_of(const Tensor& weight, RmsWeight kind, const Tensor& modulation, Modulation how,
                     int64_t width) {
  return {weight.defined() ? data_of<float>(weight) : nullptr,
          modulation.defined() ? data_of<float>(modulation) : nullptr,
          kind == RmsWeight::one_plus ? 1.0f : 0.0f, how, width};
}

}  // namespace

void row_factors(Tensor& factor, const Tensor& weight, const RmsWeight& kind,
                 const Tensor& modulation, const Modulation& how) {
  if (factor.numel() == 0) return;
  const Tensor w = as_f32(weight), m = as_f32(modulation);
  factors_kernel<<<blocks_for(factor.numel()), kThreads, 0,
                   newbie::cuda::stream_of(factor.device())>>>(
      data_of<float>(factor), parts_of(w, kind, m, how, factor.dim(1)), factor.numel());
  require_launched("row_factors");
}

void row_factors_backward(Tensor& d_weight, const Tensor& d_modulation, const Tensor& products,
                          const Tensor& weight, const RmsWeight& kind, const Tensor& modulation,
                          const Modulation& how) {
  if (d_weight.numel() == 0) return;
  const Tensor w = as_f32(weight), m = as_f32(modulation);
  Tensor to = d_modulation;
  // Hundreds of sequences one after another would keep a single block waiting for its memory.
  const int64_t sequences = products.dim(0), width = products.dim(1);
  const int64_t pieces = std::clamp<int64_t>(sequences, 1, kFactorPieces);
  Tensor sums = piece_sums(products.device(), {pieces, width}, DType::f64);
  const dim3 grid(blocks_for(width), static_cast<unsigned>(pieces));
  factors_backward_kernel<<<grid, kThreads, 0, newbie::cuda::stream_of(d_weight.device())>>>(
      reinterpret_cast<double*>(sums.mutable_raw()), to.defined() ? data_of<float>(to) : nullptr,
      data_of<float>(products), parts_of(w, kind, m, how, width), sequences,
      divided_up(sequences, pieces));
  require_launched("row_factors_backward");
  join_pieces<double>(d_weight, sums, 0, 1, pieces, width, 0, width);
}

namespace {

/// blockDim = (32 columns, 8 walkers over rows): sums of a piece of rows in double.
template <class T>
__global__ void column_sums_kernel(double* sums, const T* x, int64_t rows, int64_t width,
                                   int64_t each) {
  __shared__ double parts[8][33];
  const int64_t column = int64_t{blockIdx.x} * 32 + threadIdx.x;
  const int64_t last = min((blockIdx.y + 1) * each, rows);
  double sum = 0;
  if (column < width) {
    for (int64_t row = blockIdx.y * each + threadIdx.y; row < last; row += 8) {
      sum += wide(x[row * width + column]);
    }
  }
  parts[threadIdx.y][threadIdx.x] = sum;
  __syncthreads();
  if (threadIdx.y > 0 || column >= width) return;
  for (int w = 1; w < 8; ++w) sum += parts[w][threadIdx.x];
  sums[blockIdx.y * width + column] = sum;
}

}  // namespace

void sum_rows(Tensor& y, const Tensor& x) {
  const int64_t width = y.numel(), rows = x.shape().rows();
  if (width == 0) return;
  if (rows == 0) return y.device().clear(y.mutable_raw(), y.bytes());
  // Narrow rows are many, as pixels are: their columns alone would keep few blocks busy.
  const int64_t most = std::max<int64_t>(64, 512 / divided_up(width, 32));
  const int64_t pieces = std::min(most, divided_up(rows, 32));
  Tensor partial = piece_sums(x.device(), {pieces, width}, DType::f64);
  with_type(x.dtype(), [&]<class T>(T) {
    const dim3 grid(static_cast<unsigned>(divided_up(width, 32)), static_cast<unsigned>(pieces));
    column_sums_kernel<<<grid, dim3(32, 8), 0, newbie::cuda::stream_of(x.device())>>>(
        reinterpret_cast<double*>(partial.mutable_raw()), data_of<T>(x), rows, width,
        divided_up(rows, pieces));
  });
  require_launched("sum_rows");
  join_pieces<double>(y, partial, 0, 1, pieces, width, 0, width);
}

}  // namespace newbie::ops::cuda
