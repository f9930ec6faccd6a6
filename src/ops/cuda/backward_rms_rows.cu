/// Back through RMS norms of 16 bits: a warp holds a row, 16 bytes a thread and access, and its
/// columns' sums stay in registers from row to row.
#include <algorithm>

#include "ops/cuda/backward.h"
#include "ops/cuda/norm_rows.h"
#include "ops/cuda/piece_sums.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kWarps = 8, kThreads = 32 * kWarps;
constexpr int kWidth = 8;  // elements of 16 bits in an access
/// Columns of a pack of every lane: as many as a block has threads.
constexpr int64_t kPackColumns = 32 * kWidth;
static_assert(kPackColumns == kThreads);
/// Blocks of all sequences together, about. Wide rows fill the registers of a multiprocessor with one
/// block, and a large device has 132 of those.
constexpr int64_t kBlocksOfWide = 132, kBlocksOfNarrow = 1056;

template <class T>
struct RmsSlopes {
  T* dx;
  const T* dy;
  const T* x;
  const float* factor;  // [B,width]
  float* sums;          // [B,pieces,width]
  int64_t pieces;
  int64_t width;
  float eps;
  SequenceEnds ends;
};

template <class T, int kPacks>
__global__ void __launch_bounds__(kThreads)
    rms_slopes_kernel(const __grid_constant__ RmsSlopes<T> a) {
  const int64_t b = blockIdx.y, begin = b > 0 ? a.ends.end_of(b - 1) : 0;
  const int64_t length = a.ends.end_of(b) - begin, each = (length + a.pieces - 1) / a.pieces;
  const int64_t first = begin + min(each * blockIdx.x, length);
  const int64_t last = begin + min(each * (blockIdx.x + 1), length);
  const int lane = static_cast<int>(threadIdx.x) % 32, warp = static_cast<int>(threadIdx.x) / 32;
  const float* factors = a.factor + b * a.width;
  const auto mean_scale = 1.0f / static_cast<float>(a.width);

  float products[kPacks][kWidth] = {};
  for (int64_t row = first + warp; row < last; row += kWarps) {
    const int64_t at = row * a.width;
    Pack<T, kWidth> x[kPacks], dy[kPacks];
    float squares = 0;
#pragma unroll
    for (int p = 0; p < kPacks; ++p) {
      const int64_t column = p * kPackColumns + lane * kWidth;
      x[p] = dy[p] = {};
      if (column >= a.width) continue;
      x[p] = read<kWidth>(a.x + at + column);
      dy[p] = read<kWidth>(a.dy + at + column);
    }
#pragma unroll
    for (int p = 0; p < kPacks; ++p) {
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const float value = wide(x[p].value[k]);
        squares = fmaf(value, value, squares);
      }
    }
    const float root = inverse_root(sum_over_lanes(squares) * mean_scale + a.eps);
    float product = 0;
#pragma unroll
    for (int p = 0; p < kPacks; ++p) {
      const int64_t column = p * kPackColumns + lane * kWidth;
      if (column >= a.width) continue;
      const auto factor = read<kWidth>(factors + column);
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const float slope = wide(dy[p].value[k]), x_hat = wide(x[p].value[k]) * root;
        product = fmaf(slope * factor.value[k], x_hat, product);
        products[p][k] = fmaf(slope, x_hat, products[p][k]);
      }
    }
    product = sum_over_lanes(product) * mean_scale;
#pragma unroll
    for (int p = 0; p < kPacks; ++p) {
      const int64_t column = p * kPackColumns + lane * kWidth;
      if (column >= a.width) continue;
      const auto factor = read<kWidth>(factors + column);
      Pack<T, kWidth> out;
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const float along = wide(x[p].value[k]) * root * product;
        out.value[k] = narrow<T>(fmaf(wide(dy[p].value[k]), factor.value[k], -along) * root);
      }
      write<kWidth>(a.dx + at + column, out);
    }
  }

  // What the warps found is joined in order, a pack of every lane at a time.
  __shared__ float parts[kWarps][kPackColumns];
  float* to = a.sums + (b * a.pieces + blockIdx.x) * a.width;
#pragma unroll
  for (int p = 0; p < kPacks; ++p) {
    __syncthreads();
#pragma unroll
    for (int k = 0; k < kWidth; ++k) parts[warp][lane * kWidth + k] = products[p][k];
    __syncthreads();
    const int64_t column = p * kPackColumns + threadIdx.x;
    if (column >= a.width) continue;
    float sum = 0;
#pragma unroll
    for (int w = 0; w < kWarps; ++w) sum += parts[w][threadIdx.x];
    to[column] = sum;
  }
}

template <class T, int kPacks>
void launch(const RmsSlopes<T>& a, const Device& device) {
  const dim3 grid(static_cast<unsigned>(a.pieces), static_cast<unsigned>(a.ends.count));
  rms_slopes_kernel<T, kPacks><<<grid, kThreads, 0, newbie::cuda::stream_of(device)>>>(a);
  require_launched("row_norm_backward");
}

template <class T>
void run(Tensor& dx, const Tensor& sums, const Tensor& dy, const Tensor& x, const Tensor& factor,
         float eps, const Packing& sequences) {
  const Device& device = x.device();
  const int64_t count = sequences.count(), width = x.dim(1);
  int64_t longest = 1;
  for (int64_t b = 0; b < count; ++b) longest = std::max(longest, sequences.length(b));
  const int64_t blocks = width > 3 * kPackColumns ? kBlocksOfWide : kBlocksOfNarrow;
  const int64_t pieces =
      std::clamp<int64_t>(blocks / count, 1, divided_up(longest, int64_t{kWarps}));
  Tensor table;
  Tensor partial = piece_sums(device, {count, pieces, width});
  const RmsSlopes<T> a{.dx = data_of<T>(dx),
                       .dy = data_of<T>(dy),
                       .x = data_of<T>(x),
                       .factor = data_of<float>(factor),
                       .sums = data_of<float>(partial),
                       .pieces = pieces,
                       .width = width,
                       .eps = eps,
                       .ends = SequenceEnds::of(sequences, device, table)};
  if (width <= kPackColumns) {
    launch<T, 1>(a, device);
  } else if (width <= 3 * kPackColumns) {
    launch<T, 3>(a, device);
  } else {
    launch<T, 9>(a, device);
  }
  join_pieces<float>(sums, partial, 0, count, pieces, width, pieces * width, width);
}

}  // namespace

std::string rms_rows_backward_declines(const RowSums&, const Tensor& dy, const Tensor& x,
                                       const Tensor& factor, const RowStatistic& statistic,
                                       const float&, const Packing& sequences) {
  const int64_t width = x.dim(1);
  if (statistic != RowStatistic::rms) return "not an RMS norm";
  if (x.dtype() != DType::bf16 && x.dtype() != DType::f16) return "not 16 bits";
  if (width % kWidth != 0) return "rows that are not whole accesses of 16 bytes";
  if (width < kPackColumns / 2) return "rows too narrow for a warp";
  if (width > kMostPacks * kPackColumns) return "rows too wide for a warp";
  if (sequences.count() > 65535) return "more than 65535 sequences";
  return aligned({dy.raw(), x.raw(), factor.raw()}) ? "" : "addresses that are not multiples of 16";
}

void rms_rows_backward(Tensor& dx, const RowSums& sums, const Tensor& dy, const Tensor& x,
                       const Tensor& factor, const RowStatistic&, const float& eps,
                       const Packing& sequences) {
  if (sequences.count() == 0 || x.numel() == 0) {
    if (sums.products.defined() && sums.products.numel() > 0) {
      Tensor products = sums.products;
      x.device().clear(products.mutable_raw(), products.bytes());
    }
    return;
  }
  if (x.dtype() == DType::bf16) {
    run<__nv_bfloat16>(dx, sums.products, dy, x, factor, eps, sequences);
  } else {
    run<__half>(dx, sums.products, dy, x, factor, eps, sequences);
  }
}

}  // namespace newbie::ops::cuda
