/// Channels last, so a thread keeps its channels and walks over pixels: once for the sums, once for
/// the result. Between them a small kernel joins the sums in a fixed order, in double.
#include "ops/cuda/norm.h"
#include "ops/cuda/norm_rows.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kPixelsPerThread = 16;
/// Threads side by side in the channels, at most.
constexpr int64_t kMostLanes = 64;

/// How an image is cut: blocks of `lanes` packs of channels times `walkers` threads over pixels.
struct Cut {
  int64_t pixels, channels;
  int lanes, walkers;
  int64_t chunk;   ///< pixels per block
  int64_t chunks;  ///< blocks per image and slab of channels
  int slabs;

  Cut(const Tensor& x, int width) : pixels(x.dim(1) * x.dim(2)), channels(x.dim(3)) {
    const int64_t packs = channels / width;
    lanes = static_cast<int>(packs < kMostLanes ? packs : kMostLanes);
    walkers = kThreads / lanes;
    chunk = int64_t{walkers} * kPixelsPerThread;
    chunks = divided_up(pixels, chunk);
    slabs = static_cast<int>(divided_up(packs, lanes));
  }
  dim3 grid(int64_t images) const {
    return dim3(static_cast<unsigned>(chunks * images), static_cast<unsigned>(slabs));
  }
  dim3 block() const { return dim3(static_cast<unsigned>(lanes), static_cast<unsigned>(walkers)); }
};

/// Sum and sum of squares of a channel in one chunk, about the image's first pixel: far from a
/// common mean the digits would be lost.
template <class Number>
struct Sums {
  Number sum, squares;
};

template <class T, int kWidth>
__global__ void __launch_bounds__(kThreads)
    sums_kernel(Sums<Statistic<T>>* sums, const T* x, Cut cut) {
  using Number = Statistic<T>;
  const int64_t image = blockIdx.x / cut.chunks, chunk = blockIdx.x % cut.chunks;
  const int64_t channel = (int64_t{blockIdx.y} * cut.lanes + threadIdx.x) * kWidth;
  const bool inside = channel < cut.channels;
  const T* from = x + image * cut.pixels * cut.channels + channel;
  Sums<Number> mine[kWidth] = {};
  if (inside) {
    const auto about = read<kWidth>(from);
    const int64_t end = min((chunk + 1) * cut.chunk, cut.pixels);
#pragma unroll 4
    for (int64_t p = chunk * cut.chunk + threadIdx.y; p < end; p += cut.walkers) {
      const auto pack = read<kWidth>(from + p * cut.channels);
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const Number distance = static_cast<Number>(wide(pack.value[k])) - wide(about.value[k]);
        mine[k].sum += distance;
        mine[k].squares += distance * distance;
      }
    }
  }
  extern __shared__ char memory[];
  auto* shared = reinterpret_cast<Sums<Number>*>(memory);
  const int columns = cut.lanes * kWidth;
#pragma unroll
  for (int k = 0; k < kWidth; ++k) {
    shared[threadIdx.y * columns + threadIdx.x * kWidth + k] = mine[k];
  }
  __syncthreads();
  const int first = blockIdx.y * columns;
  for (int c = threadIdx.y * cut.lanes + threadIdx.x; c < columns; c += cut.lanes * cut.walkers) {
    if (first + c >= cut.channels) break;
    Sums<Number> total{};
    for (int w = 0; w < cut.walkers; ++w) {
      total.sum += shared[w * columns + c].sum;
      total.squares += shared[w * columns + c].squares;
    }
    sums[(image * cut.chunks + chunk) * cut.channels + first + c] = total;
  }
}

/// y = (x - mean) * scale + shift of one channel.
struct Channel {
  float mean, scale, shift, unused;
};

/// One block per group of one image; a warp adds up one channel at a time.
template <class T>
__global__ void channels_kernel(Channel* channels, const Sums<Statistic<T>>* sums, const T* x,
                                Cut cut, int groups, Factors weight, Factors bias, float eps) {
  const int64_t image = blockIdx.x / groups, group = blockIdx.x % groups;
  const int width = static_cast<int>(cut.channels / groups);
  const int64_t first = group * width;
  const double pixels = static_cast<double>(cut.pixels);
  extern __shared__ double2 moments[];  // mean and sum of squared distances of every channel
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  for (int c = warp; c < width; c += blockDim.x / 32) {
    double sum = 0, squares = 0;
    for (int64_t chunk = lane; chunk < cut.chunks; chunk += 32) {
      const auto part = sums[(image * cut.chunks + chunk) * cut.channels + first + c];
      sum += part.sum;
      squares += part.squares;
    }
    sum = sum_over_lanes(sum);
    squares = sum_over_lanes(squares);
    const double about = wide(x[image * cut.pixels * cut.channels + first + c]);
    if (lane == 0) moments[c] = {about + sum / pixels, squares - sum * sum / pixels};
  }
  __syncthreads();
  double mean = 0, squares = 0;
  for (int c = 0; c < width; ++c) mean += moments[c].x / width;
  for (int c = 0; c < width; ++c) {
    const double distance = moments[c].x - mean;
    squares += moments[c].y + pixels * distance * distance;
  }
  const double scale = 1.0 / sqrt(squares / (pixels * width) + static_cast<double>(eps));
  for (int c = threadIdx.x; c < width; c += blockDim.x) {
    float w[1], b[1];
    weight.get<T>(first + c, w);
    bias.get<T>(first + c, b);
    channels[image * cut.channels + first + c] = {static_cast<float>(mean),
                                                  static_cast<float>(scale * w[0]), b[0], 0.0f};
  }
}

template <class T, int kWidth, Activation kActivation>
__global__ void __launch_bounds__(kThreads)
    apply_kernel(T* y, const T* x, const Channel* channels, Cut cut) {
  const int64_t image = blockIdx.x / cut.chunks, chunk = blockIdx.x % cut.chunks;
  const int64_t channel = (int64_t{blockIdx.y} * cut.lanes + threadIdx.x) * kWidth;
  if (channel >= cut.channels) return;
  Channel mine[kWidth];
#pragma unroll
  for (int k = 0; k < kWidth; ++k) mine[k] = channels[image * cut.channels + channel + k];
  const int64_t first = image * cut.pixels * cut.channels + channel;
  const int64_t end = min((chunk + 1) * cut.chunk, cut.pixels);
  // Several fetches are under way before the first result is written.
  constexpr int kAhead = 4;
  for (int64_t p = chunk * cut.chunk + threadIdx.y; p < end; p += kAhead * cut.walkers) {
    Pack<T, kWidth> packs[kAhead];
#pragma unroll
    for (int ahead = 0; ahead < kAhead; ++ahead) {
      const int64_t pixel = p + ahead * cut.walkers;
      if (pixel < end) packs[ahead] = read<kWidth>(x + first + pixel * cut.channels);
    }
#pragma unroll
    for (int ahead = 0; ahead < kAhead; ++ahead) {
      const int64_t pixel = p + ahead * cut.walkers;
      if (pixel >= end) break;
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const float normed =
            fmaf(wide(packs[ahead].value[k]) - mine[k].mean, mine[k].scale, mine[k].shift);
        packs[ahead].value[k] = narrow<T>(activated_in<T, kActivation>(normed));
      }
      write<kWidth>(y + first + pixel * cut.channels, packs[ahead]);
    }
  }
}

template <class T, int kWidth>
void run(Tensor& y, const Tensor& x, int64_t groups, const Tensor& weight, const Tensor& bias,
         float eps, Activation activation) {
  using Number = Statistic<T>;
  const Cut cut(x, kWidth);
  const int64_t images = x.dim(0), width = cut.channels / groups;
  const MemoryScope scope(y.device(), MemoryUse::workspace);
  const auto bytes = static_cast<int64_t>(sizeof(Sums<Number>));
  Tensor sums = Tensor::empty({images, cut.chunks, cut.channels, bytes}, DType::u8, y.device());
  Tensor channels =
      Tensor::empty({images, cut.channels, int64_t{sizeof(Channel)}}, DType::u8, y.device());
  if (y.device().plans()) return;
  const cudaStream_t stream = newbie::cuda::stream_of(y.device());

  const size_t shared = static_cast<size_t>(kThreads) * kWidth * sizeof(Sums<Number>);
  sums_kernel<T, kWidth><<<cut.grid(images), cut.block(), shared, stream>>>(
      data_of<Sums<Number>>(sums), data_of<T>(x), cut);
  require_launched("group_norm, sums");
  const auto warps = static_cast<unsigned>(width < 8 ? width : 8);
  channels_kernel<T><<<static_cast<unsigned>(images * groups), 32 * warps,
                       static_cast<size_t>(width) * sizeof(double2), stream>>>(
      data_of<Channel>(channels), data_of<Sums<Number>>(sums), data_of<T>(x), cut,
      static_cast<int>(groups), Factors::of(weight), Factors::of(bias), eps);
  require_launched("group_norm, channels");
  with_activation(activation, [&]<class Tag>(Tag) {
    apply_kernel<T, kWidth, Tag::kValue><<<cut.grid(images), cut.block(), 0, stream>>>(
        data_of<T>(y), data_of<T>(x), data_of<Channel>(channels), cut);
  });
  require_launched("group_norm");
}

}  // namespace

void group_norm(Tensor& y, const Tensor& x, const int64_t& groups, const Tensor& weight,
                const Tensor& bias, const float& eps, const Activation& activation) {
  if (y.numel() == 0) return;
  const Tensor w = as_factors(weight, x.dtype()), b = as_factors(bias, x.dtype());
  with_type(x.dtype(), [&]<class T>(T) {
    if (x.dim(3) % kPack<T> == 0 && aligned({y.raw(), x.raw()})) {
      run<T, kPack<T>>(y, x, groups, w, b, eps, activation);
    } else {
      run<T, 1>(y, x, groups, w, b, eps, activation);
    }
  });
}

}  // namespace newbie::ops::cuda
