
#include "ops/cuda/backward.h"
#include "ops/cuda/memory_access.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;

unsigned blocks_for(int64_t items) { return static_cast<unsigned>(divided_up(items, kThreads)); }

Tensor on_device(const std::vector<int64_t>& values, const Device& device) {
  const MemoryScope scope(device, MemoryUse::workspace);
  return Tensor::from<int64_t>(values, Shape{static_cast<int64_t>(values.size())}, device);
}

/// Sizes of two images with the same channels.
struct Images {
  int64_t count, height, width, channels, to_height, to_width;
};

template <class T>
__global__ void place_kernel(T* to, const T* from, Images s, int64_t top, int64_t left,
                             int64_t step) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= s.count * s.height * s.width * s.channels) return;
  const int64_t c = i % s.channels, x = i / s.channels % s.width;
  const int64_t y = i / (s.channels * s.width) % s.height,
                b = i / (s.channels * s.width * s.height);
  to[((b * s.to_height + top + y * step) * s.to_width + left + x * step) * s.channels + c] =
      from[i];
}

template <class T>
__global__ void average_kernel(T* to, const T* from, Images s) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= s.count * s.to_height * s.to_width * s.channels) return;
  const int64_t c = i % s.channels, x = i / s.channels % s.to_width;
  const int64_t row = i / (s.channels * s.to_width);  // of all images
  float sum = 0.0f;
  for (int k = 0; k < 4; ++k) {
    sum = fmaf(0.25f, wide(from[((2 * row + k / 2) * s.width + 2 * x + k % 2) * s.channels + c]),
               sum);
  }
  to[i] = narrow<T>(sum);
}

Images sizes_of(const Tensor& from, const Tensor& to) {
  return {from.dim(0), from.dim(1), from.dim(2), from.dim(3), to.dim(1), to.dim(2)};
}

/// A block takes a row that was asked for, and adds up what was asked of it in order.
template <class T, class Out>
__global__ void scatter_kernel(Out* y, const T* dy, const int64_t* rows, const int64_t* starts,
                               const int64_t* places, int64_t width, float scale) {
  const int64_t begin = starts[blockIdx.x], end = starts[blockIdx.x + 1];
  for (int64_t d = threadIdx.x; d < width; d += kThreads) {
    float sum = 0.0f;
    // A comma is asked for thousands of times: eight reads are under way at once.
#pragma unroll 8
    for (int64_t i = begin; i < end; ++i) sum = fmaf(wide(dy[places[i] * width + d]), scale, sum);
    y[rows[blockIdx.x] * width + d] = narrow<Out>(sum);
  }
}

template <class T>
__global__ void spread_kernel(T* y, const T* dy, const int64_t* offsets, int64_t count,
                              int64_t rows, int64_t width) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i >= rows * width) return;
  const int64_t row = i / width;
  int64_t low = 0, high = count;
  while (high - low > 1) {
    const int64_t middle = (low + high) / 2;
    if (offsets[middle] <= row) {
      low = middle;
    } else {
      high = middle;
    }
  }
  // Of empty sequences that begin at the same row, the last one holds it.
  const auto length = static_cast<float>(offsets[low + 1] - offsets[low]);
  y[i] = narrow<T>(wide(dy[low * width + i % width]) / length);
}

}  // namespace

void place(Tensor& out, const Tensor& image, const int64_t& top, const int64_t& left,
           const int64_t& step) {
  if (image.numel() == 0) return;
  with_type(image.dtype(), [&]<class T>(T) {
    place_kernel<<<blocks_for(image.numel()), kThreads, 0,
                   newbie::cuda::stream_of(image.device())>>>(
        data_of<T>(out), data_of<T>(image), sizes_of(image, out), top, left, step);
  });
  require_launched("place");
}

void average_2x2(Tensor& y, const Tensor& image) {
  if (y.numel() == 0) return;
  with_type(image.dtype(), [&]<class T>(T) {
    average_kernel<<<blocks_for(y.numel()), kThreads, 0, newbie::cuda::stream_of(image.device())>>>(
        data_of<T>(y), data_of<T>(image), sizes_of(image, y));
  });
  require_launched("average_2x2");
}

void scatter_rows(Tensor& y, const Tensor& dy, const std::vector<int64_t>& indices,
                  const float& scale) {
  const Device& device = y.device();
  device.clear(y.mutable_raw(), y.bytes());
  if (dy.numel() == 0) return;
  // The places of each row that was asked for, in order: counted, then dealt out.
  std::vector<int64_t> next(static_cast<size_t>(y.dim(0)) + 1);
  for (const int64_t row : indices) ++next[static_cast<size_t>(row) + 1];
  std::vector<int64_t> rows, starts;
  for (size_t row = 0; row + 1 < next.size(); ++row) {
    if (next[row + 1] > 0) {
      rows.push_back(static_cast<int64_t>(row));
      starts.push_back(next[row]);
    }
    next[row + 1] += next[row];
  }
  starts.push_back(next.back());
  std::vector<int64_t> places(indices.size());
  for (size_t i = 0; i < indices.size(); ++i) {
    places[static_cast<size_t>(next[static_cast<size_t>(indices[i])]++)] = static_cast<int64_t>(i);
  }
  const Tensor of_rows = on_device(rows, device), of_starts = on_device(starts, device),
               of_places = on_device(places, device);
  with_type(dy.dtype(), [&]<class T>(T) {
    with_type(y.dtype(), [&]<class Out>(Out) {
      scatter_kernel<<<static_cast<unsigned>(rows.size()), kThreads, 0,
                       newbie::cuda::stream_of(device)>>>(
          data_of<Out>(y), data_of<T>(dy), data_of<int64_t>(of_rows), data_of<int64_t>(of_starts),
          data_of<int64_t>(of_places), dy.dim(1), scale);
    });
  });
  require_launched("scatter_rows");
}

void spread_rows(Tensor& y, const Tensor& dy, const Packing& sequences) {
  if (y.numel() == 0) return;
  const Tensor offsets = on_device(sequences.offsets, y.device());
  with_type(y.dtype(), [&]<class T>(T) {
    spread_kernel<<<blocks_for(y.numel()), kThreads, 0, newbie::cuda::stream_of(y.device())>>>(
        data_of<T>(y), data_of<T>(dy), data_of<int64_t>(offsets), sequences.count(), y.dim(0),
        y.dim(1));
  });
  require_launched("spread_rows");
}

}  // namespace newbie::ops::cuda
