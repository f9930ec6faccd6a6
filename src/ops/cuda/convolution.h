#pragma once
/// Convolution of images with channels last on device pointers: cuDNN's graphs, with a plain kernel
/// behind them for what cuDNN declines.

#include <string>

#include "ops/cuda/libraries.h"

namespace newbie::ops::cuda {

struct ConvolutionShape {
  int64_t batch = 1, height = 0, width = 0, inputs = 0, outputs = 0;
  int64_t kernel_height = 1, kernel_width = 1, stride = 1;
  int64_t top = 0, left = 0, bottom = 0, right = 0;
  DType type = DType::f32;
  bool bias = false;
  bool residual = false;

  auto operator<=>(const ConvolutionShape&) const = default;

  int64_t out_height() const { return (height + top + bottom - kernel_height) / stride + 1; }
  int64_t out_width() const { return (width + left + right - kernel_width) / stride + 1; }
};

struct ConvolutionOperands {
  const void* x;         ///< [batch,height,width,inputs]
  const void* w;         ///< [outputs,kernel_height,kernel_width,inputs], of the shape's type
  const float* bias;     ///< [outputs]
  const void* residual;  ///< like y
  void* y;
};

/// How cuDNN runs a shape, for traces: "fused", "apart" (bias and residual in a second pass), or
/// "plain".
std::string_view convolution_way(Libraries& libraries, const ConvolutionShape& shape);
size_t convolution_scratch(Libraries& libraries, const ConvolutionShape& shape);
/// Types: f32 (never TF32), bf16, f16; sums in f32. The same bytes for the same shape.
void convolution(Libraries& libraries, const ConvolutionShape& shape,
                 const ConvolutionOperands& operands, Scratch scratch);

/// One thread per output; also the oracle of the others.
void plain_convolution(cudaStream_t stream, const ConvolutionShape& shape,
                       const ConvolutionOperands& operands);
/// y += bias + residual, in place.
void add_bias_residual(cudaStream_t stream, const ConvolutionShape& shape,
                       const ConvolutionOperands& operands);
/// [O,I,kh,kw] -> [O,kh,kw,I], between any two of f32, bf16, f16.
void turn_kernel(cudaStream_t stream, void* to, DType to_type, const void* from, DType from_type,
                 int64_t outputs, int64_t inputs, int64_t kernel_height, int64_t kernel_width);

}  // namespace newbie::ops::cuda
