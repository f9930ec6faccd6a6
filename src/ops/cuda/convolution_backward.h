#pragma once
/// The other two sides of a convolution on device pointers: cuDNN's graphs, with plain kernels
/// behind them.

#include "ops/cuda/convolution.h"

namespace newbie::ops::cuda {

enum class ConvolutionSide : uint8_t { data, filter };

/// `image` is dx or x, `kernel` is w or dw, as ConvolutionOperands lay them out.
struct ConvolutionBackward {
  void* image;
  void* kernel;
  const void* dy;
};

size_t convolution_backward_scratch(Libraries& libraries, ConvolutionSide side,
                                    const ConvolutionShape& shape);
/// Types as convolution. The same bytes for the same shape.
void convolution_backward(Libraries& libraries, ConvolutionSide side, const ConvolutionShape& shape,
                          const ConvolutionBackward& operands, Scratch scratch);

/// One thread per element of dx or dw.
void plain_convolution_backward(cudaStream_t stream, ConvolutionSide side,
                                const ConvolutionShape& shape, const ConvolutionBackward& operands);

}  // namespace newbie::ops::cuda
