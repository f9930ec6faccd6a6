/// What surrounds cuDNN's convolutions: nothing here is on a hot path.
#include "ops/cuda/convolution.h"
#include "ops/cuda/device_math.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;

unsigned blocks_for(int64_t items) {
  return static_cast<unsigned>((items + kThreads - 1) / kThreads);
}

__device__ inline int64_t thread_index() { return int64_t{blockIdx.x} * kThreads + threadIdx.x; }

template <class T>
__global__ void plain_kernel(ConvolutionShape s, const T* x, const T* w, const float* bias,
                             const T* residual, T* y, int64_t out_height, int64_t out_width) {
  const int64_t index = thread_index();
  if (index >= s.batch * out_height * out_width * s.outputs) return;
  const int64_t output = index % s.outputs, pixel = index / s.outputs;
  const int64_t column = pixel % out_width, row = pixel / out_width % out_height;
  const int64_t image = pixel / (out_width * out_height);
  float sum = 0.0f;
  for (int64_t a = 0; a < s.kernel_height; ++a) {
    const int64_t from_row = row * s.stride - s.top + a;
    if (from_row < 0 || from_row >= s.height) continue;
    for (int64_t b = 0; b < s.kernel_width; ++b) {
      const int64_t from_column = column * s.stride - s.left + b;
      if (from_column < 0 || from_column >= s.width) continue;
      const T* pixel_in = x + ((image * s.height + from_row) * s.width + from_column) * s.inputs;
      const T* tap = w + ((output * s.kernel_height + a) * s.kernel_width + b) * s.inputs;
      for (int64_t i = 0; i < s.inputs; ++i) sum = fmaf(wide(pixel_in[i]), wide(tap[i]), sum);
    }
  }
  if (s.bias) sum += bias[output];
  if (s.residual) sum += wide(residual[index]);
  y[index] = narrow<T>(sum);
}

template <class T>
__global__ void add_kernel(ConvolutionShape s, const float* bias, const T* residual, T* y,
                           int64_t count) {
  const int64_t index = thread_index();
  if (index >= count) return;
  float sum = wide(y[index]);
  if (s.bias) sum += bias[index % s.outputs];
  if (s.residual) sum += wide(residual[index]);
  y[index] = narrow<T>(sum);
}

template <class To, class From>
__global__ void turn(To* to, const From* from, int64_t inputs, int64_t taps, int64_t count) {
  const int64_t index = thread_index();
  if (index >= count) return;
  const int64_t input = index % inputs, tap = index / inputs % taps;
  const int64_t output = index / (inputs * taps);
  to[index] = narrow<To>(wide(from[(output * inputs + input) * taps + tap]));
}

}  // namespace

void plain_convolution(cudaStream_t stream, const ConvolutionShape& shape,
                       const ConvolutionOperands& operands) {
  const int64_t height = shape.out_height(), width = shape.out_width();
  const int64_t count = shape.batch * height * width * shape.outputs;
  with_type(shape.type, [&]<class T>(T) {
    plain_kernel<T><<<blocks_for(count), kThreads, 0, stream>>>(
        shape, static_cast<const T*>(operands.x), static_cast<const T*>(operands.w), operands.bias,
        static_cast<const T*>(operands.residual), static_cast<T*>(operands.y), height, width);
  });
  check_launch("plain convolution");
}

void add_bias_residual(cudaStream_t stream, const ConvolutionShape& shape,
                       const ConvolutionOperands& operands) {
  if (!shape.bias && !shape.residual) return;
  const int64_t count = shape.batch * shape.out_height() * shape.out_width() * shape.outputs;
  with_type(shape.type, [&]<class T>(T) {
    add_kernel<T><<<blocks_for(count), kThreads, 0, stream>>>(
        shape, operands.bias, static_cast<const T*>(operands.residual), static_cast<T*>(operands.y),
        count);
  });
  check_launch("bias and residual");
}

void turn_kernel(cudaStream_t stream, void* to, DType to_type, const void* from, DType from_type,
                 int64_t outputs, int64_t inputs, int64_t kernel_height, int64_t kernel_width) {
  const int64_t taps = kernel_height * kernel_width, count = outputs * inputs * taps;
  with_type(to_type, [&]<class To>(To) {
    with_type(from_type, [&]<class From>(From) {
      turn<To, From><<<blocks_for(count), kThreads, 0, stream>>>(
          static_cast<To*>(to), static_cast<const From*>(from), inputs, taps, count);
    });
  });
  check_launch("turning a convolution's weight");
}

}  // namespace newbie::ops::cuda
