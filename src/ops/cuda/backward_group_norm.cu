/// Statistics of a group by one block; sums of its columns in pieces of pixels; then the factors
/// that dx is made of, one set per channel of an image.
#include <algorithm>

#include "ops/cuda/backward.h"
#include "ops/cuda/norm_rows.h"
#include "ops/cuda/slopes.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int64_t kPieces = 64;
constexpr int64_t kLeastPixels = 64;

Tensor scratch(const Device& device, Shape shape) {
  const MemoryScope scope(device, MemoryUse::workspace);
  return Tensor::empty(shape, DType::f32, device);
}

unsigned blocks_for(int64_t items) { return static_cast<unsigned>(divided_up(items, kThreads)); }

__device__ double sum_over_block(double value) {
  __shared__ double parts[kThreads / 32];
  value = sum_over_lanes(value);
  __syncthreads();
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = value;
  __syncthreads();
  double total = 0;
  for (double part : parts) total += part;
  return total;
}

/// Quotients of 64 bits take longer than all else that is done to an element.
struct Sizes {
  int64_t images, pixels, channels, groups, pieces;
  uint32_t width;  ///< channels of a group
  __device__ int64_t group_of(int64_t image, int64_t channel) const {
    return image * groups + static_cast<uint32_t>(channel) / width;
  }
};

/// mean and root [images,groups]; one block each.
template <class T>
__global__ void statistics_kernel(float* mean, float* root, const T* x, Sizes s, float eps) {
  const int64_t image = blockIdx.x / s.groups, group = blockIdx.x % s.groups;
  const T* from = x + image * s.pixels * s.channels + group * s.width;
  const auto count = static_cast<double>(s.pixels * s.width);
  const auto each = [&](const auto& visit) {
    uint32_t column = threadIdx.x % s.width;
    for (int64_t pixel = threadIdx.x / s.width; pixel < s.pixels; pixel += kThreads / s.width) {
      visit(static_cast<double>(wide(from[pixel * s.channels + column])));
      column += kThreads % s.width;
      if (column >= s.width) {
        column -= s.width;
        ++pixel;
      }
    }
  };
  double sum = 0;
  each([&](double value) { sum += value; });
  const double middle = sum_over_block(sum) / count;
  double squares = 0;
  each([&](double value) { squares += (value - middle) * (value - middle); });
  squares = sum_over_block(squares) / count;
  if (threadIdx.x > 0) return;
  mean[blockIdx.x] = static_cast<float>(middle);
  root[blockIdx.x] = static_cast<float>(1.0 / sqrt(squares + static_cast<double>(eps)));
}

template <class T>
struct Slopes {
  const T* dy;
  const T* x;
  const float *mean, *root, *weight, *bias;
  Sizes s;

  /// The slope through the activation and x_hat, at a pixel of an image.
  template <Activation kActivation>
  __device__ void at(int64_t image, int64_t i, int64_t channel, float& g, float& x_hat) const {
    const int64_t group = s.group_of(image, channel);
    x_hat = (wide(x[i]) - mean[group]) * root[group];
    g = wide(dy[i]) * slope<kActivation>(fmaf(x_hat, weight[channel], bias[channel]));
  }
};

/// sums [images,pieces,2,channels]: of g * x_hat, of g. A thread walks the pixels of a piece.
template <class T, Activation kActivation>
__global__ void sums_kernel(float* sums, Slopes<T> slopes) {
  const Sizes& s = slopes.s;
  const int64_t channel = int64_t{blockIdx.x} * 32 + threadIdx.x;
  const int64_t image = blockIdx.z, each = (s.pixels + s.pieces - 1) / s.pieces;
  const int64_t last = min((blockIdx.y + 1) * each, s.pixels);
  __shared__ double parts[2][8][33];
  double product = 0, plain = 0;
  if (channel < s.channels) {
    for (int64_t pixel = blockIdx.y * each + threadIdx.y; pixel < last; pixel += 8) {
      float g, x_hat;
      slopes.template at<kActivation>(image, (image * s.pixels + pixel) * s.channels + channel,
                                      channel, g, x_hat);
      product += static_cast<double>(g) * x_hat;
      plain += g;
    }
  }
  parts[0][threadIdx.y][threadIdx.x] = product;
  parts[1][threadIdx.y][threadIdx.x] = plain;
  __syncthreads();
  if (threadIdx.y > 1 || channel >= s.channels) return;
  double sum = 0;
  for (int w = 0; w < 8; ++w) sum += parts[threadIdx.y][w][threadIdx.x];
  sums[((image * s.pieces + blockIdx.y) * 2 + threadIdx.y) * s.channels + channel] =
      static_cast<float>(sum);
}

/// totals [images,2,channels] from the pieces.
__global__ void totals_kernel(float* totals, const float* sums, Sizes s) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x, row = 2 * s.channels;
  if (i >= s.images * row) return;
  double sum = 0;
  for (int64_t p = 0; p < s.pieces; ++p) sum += sums[(i / row * s.pieces + p) * row + i % row];
  totals[i] = static_cast<float>(sum);
}

/// Of each group: means of g w x_hat and of g w. [images,groups] each.
__global__ void means_kernel(float* product, float* plain, const float* totals, const float* weight,
                             Sizes s) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= s.images * s.groups) return;
  const float* of = totals + i / s.groups * 2 * s.channels;
  const int64_t first = i % s.groups * s.width;
  double products = 0, sum = 0;
  for (int64_t c = first; c < first + s.width; ++c) {
    products += static_cast<double>(of[c]) * weight[c];
    sum += static_cast<double>(of[s.channels + c]) * weight[c];
  }
  const auto count = static_cast<double>(s.pixels * s.width);
  product[i] = static_cast<float>(products / count);
  plain[i] = static_cast<float>(sum / count);
}

/// Blocks along y are images.
template <class T, Activation kActivation>
__global__ void dx_kernel(T* dx, Slopes<T> slopes, const float* product, const float* plain) {
  const Sizes& s = slopes.s;
  const int64_t image = blockIdx.y, inside = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (inside >= s.pixels * s.channels) return;
  const int64_t channel = static_cast<uint32_t>(inside) % static_cast<uint32_t>(s.channels);
  const int64_t i = image * s.pixels * s.channels + inside, group = s.group_of(image, channel);
  float g, x_hat;
  slopes.template at<kActivation>(image, i, channel, g, x_hat);
  dx[i] = narrow<T>(slopes.root[group] *
                    (g * slopes.weight[channel] - plain[group] - x_hat * product[group]));
}

/// d [channels] from row `row` of the totals of all images.
__global__ void gradient_kernel(float* d, const float* totals, int64_t row, Sizes s) {
  const int64_t c = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (c >= s.channels) return;
  double sum = 0;
  for (int64_t image = 0; image < s.images; ++image) {
    sum += totals[(image * 2 + row) * s.channels + c];
  }
  d[c] = static_cast<float>(sum);
}

}  // namespace

void group_norm_backward(Tensor& dx, const Tensor& d_weight, const Tensor& d_bias, const Tensor& dy,
                         const Tensor& x, const int64_t& groups, const Tensor& weight,
                         const Tensor& bias, const float& eps, const Activation& activation) {
  const Device& device = x.device();
  Tensor dw = d_weight, db = d_bias;
  if (x.numel() == 0) {
    device.clear(dw.mutable_raw(), dw.bytes());
    return device.clear(db.mutable_raw(), db.bytes());
  }
  const int64_t pixels = x.dim(1) * x.dim(2);
  const Sizes s{x.dim(0),
                pixels,
                x.dim(3),
                groups,
                std::min(kPieces, divided_up(pixels, kLeastPixels)),
                static_cast<uint32_t>(x.dim(3) / groups)};
  const cudaStream_t stream = newbie::cuda::stream_of(device);
  const Tensor w = ops::cast(weight, DType::f32), shift = ops::cast(bias, DType::f32);
  Tensor mean = scratch(device, {s.images, s.groups}), root = scratch(device, {s.images, s.groups});
  Tensor product = scratch(device, mean.shape()), plain = scratch(device, mean.shape());
  Tensor sums = scratch(device, {s.images, s.pieces, 2, s.channels});
  Tensor totals = scratch(device, {s.images, 2, s.channels});
  with_type(x.dtype(), [&]<class T>(T) {
    statistics_kernel<<<static_cast<unsigned>(s.images * s.groups), kThreads, 0, stream>>>(
        data_of<float>(mean), data_of<float>(root), data_of<T>(x), s, eps);
    const Slopes<T> slopes{data_of<T>(dy),
                           data_of<T>(x),
                           data_of<float>(mean),
                           data_of<float>(root),
                           data_of<float>(w),
                           data_of<float>(shift),
                           s};
    with_activation(activation, [&]<class Tag>(Tag) {
      const dim3 grid(static_cast<unsigned>(divided_up(s.channels, 32)),
                      static_cast<unsigned>(s.pieces), static_cast<unsigned>(s.images));
      sums_kernel<T, Tag::kValue><<<grid, dim3(32, 8), 0, stream>>>(data_of<float>(sums), slopes);
      totals_kernel<<<blocks_for(totals.numel()), kThreads, 0, stream>>>(data_of<float>(totals),
                                                                         data_of<float>(sums), s);
      means_kernel<<<blocks_for(s.images * s.groups), kThreads, 0, stream>>>(
          data_of<float>(product), data_of<float>(plain), data_of<float>(totals), data_of<float>(w),
          s);
      const dim3 blocks(blocks_for(s.pixels * s.channels), static_cast<unsigned>(s.images));
      dx_kernel<T, Tag::kValue><<<blocks, kThreads, 0, stream>>>(
          data_of<T>(dx), slopes, data_of<float>(product), data_of<float>(plain));
    });
  });
  gradient_kernel<<<blocks_for(s.channels), kThreads, 0, stream>>>(data_of<float>(dw),
                                                                   data_of<float>(totals), 0, s);
  gradient_kernel<<<blocks_for(s.channels), kThreads, 0, stream>>>(data_of<float>(db),
                                                                   data_of<float>(totals), 1, s);
  require_launched("group_norm_backward");
}

}  // namespace newbie::ops::cuda
