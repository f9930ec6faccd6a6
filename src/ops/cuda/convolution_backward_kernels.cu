#include "ops/cuda/convolution_backward.h"
#include "ops/cuda/device_math.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;

unsigned blocks_for(int64_t items) {
  return static_cast<unsigned>((items + kThreads - 1) / kThreads);
}

/// dx of one element: every tap that read it.
template <class T>
__global__ void data_kernel(ConvolutionShape s, T* dx, const T* w, const T* dy, int64_t out_height,
                            int64_t out_width) {
  const int64_t index = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (index >= s.batch * s.height * s.width * s.inputs) return;
  const int64_t i = index % s.inputs, column = index / s.inputs % s.width;
  const int64_t row = index / (s.inputs * s.width) % s.height;
  const int64_t b = index / (s.inputs * s.width * s.height);
  float sum = 0.0f;
  for (int64_t ky = 0; ky < s.kernel_height; ++ky) {
    const int64_t y = row + s.top - ky;
    if (y < 0 || y % s.stride != 0 || y / s.stride >= out_height) continue;
    for (int64_t kx = 0; kx < s.kernel_width; ++kx) {
      const int64_t x = column + s.left - kx;
      if (x < 0 || x % s.stride != 0 || x / s.stride >= out_width) continue;
      const T* g = dy + ((b * out_height + y / s.stride) * out_width + x / s.stride) * s.outputs;
      const int64_t tap = (ky * s.kernel_width + kx) * s.inputs + i;
      for (int64_t o = 0; o < s.outputs; ++o) {
        const int64_t at = o * s.kernel_height * s.kernel_width * s.inputs + tap;
        sum = fmaf(wide(g[o]), wide(w[at]), sum);
      }
    }
  }
  dx[index] = narrow<T>(sum);
}

/// dw of one element: every pixel it met.
template <class T>
__global__ void filter_kernel(ConvolutionShape s, const T* x, T* dw, const T* dy,
                              int64_t out_height, int64_t out_width) {
  const int64_t index = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  const int64_t taps = s.kernel_height * s.kernel_width;
  if (index >= s.outputs * taps * s.inputs) return;
  const int64_t i = index % s.inputs, tap = index / s.inputs % taps, o = index / (s.inputs * taps);
  double sum = 0;
  for (int64_t pixel = 0; pixel < s.batch * out_height * out_width; ++pixel) {
    const int64_t column = pixel % out_width, row = pixel / out_width % out_height;
    const int64_t b = pixel / (out_width * out_height);
    const int64_t from_y = row * s.stride - s.top + tap / s.kernel_width;
    const int64_t from_x = column * s.stride - s.left + tap % s.kernel_width;
    if (from_y < 0 || from_y >= s.height || from_x < 0 || from_x >= s.width) continue;
    sum += static_cast<double>(wide(dy[pixel * s.outputs + o])) *
           wide(x[((b * s.height + from_y) * s.width + from_x) * s.inputs + i]);
  }
  dw[index] = narrow<T>(static_cast<float>(sum));
}

}  // namespace

void plain_convolution_backward(cudaStream_t stream, ConvolutionSide side,
                                const ConvolutionShape& shape,
                                const ConvolutionBackward& operands) {
  const bool filter = side == ConvolutionSide::filter;
  const int64_t count =
      filter ? shape.outputs * shape.kernel_height * shape.kernel_width * shape.inputs
             : shape.batch * shape.height * shape.width * shape.inputs;
  if (count == 0) return;
  with_type(shape.type, [&]<class T>(T) {
    const auto* dy = static_cast<const T*>(operands.dy);
    if (filter) {
      filter_kernel<T><<<blocks_for(count), kThreads, 0, stream>>>(
          shape, static_cast<const T*>(operands.image), static_cast<T*>(operands.kernel), dy,
          shape.out_height(), shape.out_width());
    } else {
      data_kernel<T><<<blocks_for(count), kThreads, 0, stream>>>(
          shape, static_cast<T*>(operands.image), static_cast<const T*>(operands.kernel), dy,
          shape.out_height(), shape.out_width());
    }
  });
  check_launch("plain convolution, backwards");
}

}  // namespace newbie::ops::cuda
