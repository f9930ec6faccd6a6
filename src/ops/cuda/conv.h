#pragma once
/// Convolution on CUDA devices.

#include "ops/conv.h"

namespace newbie::ops::cuda {

/// Keeps the weight on its device as [O,kh,kw,I] in the type that computes.
std::shared_ptr<const ConvWeights::Prepared> prepare_conv(const Tensor& weight, DType compute);

std::string conv2d_declines(const Tensor& x, const ConvWeights& weights,
                            const ConvGeometry& geometry, const Tensor& residual);
void conv2d(Tensor& out, const Tensor& x, const ConvWeights& weights, const ConvGeometry& geometry,
            const Tensor& residual);

}  // namespace newbie::ops::cuda
