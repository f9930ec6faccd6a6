#pragma once
/// Convolution on the CPU: oneDNN, one strip of output rows per task.

#include "ops/conv.h"

namespace newbie::ops::cpu {

/// Keeps the weight in the type this processor computes `compute` with.
std::shared_ptr<const ConvWeights::Prepared> prepare_conv(const Tensor& weight, DType compute);

std::string conv2d_dnnl_declines(const Tensor& x, const ConvWeights& weights,
                                 const ConvGeometry& geometry, const Tensor& residual);
void conv2d_dnnl(Tensor& out, const Tensor& x, const ConvWeights& weights,
                 const ConvGeometry& geometry, const Tensor& residual);

}  // namespace newbie::ops::cpu
