#pragma once
/// Convolution on the CPU: oneDNN, one strip of output rows per task.

#include "ops/conv.h"

namespace newbie::ops::cpu {

/// Keeps the weight in the type this processor computes `compute` with.
std::shared_ptr<const ConvWeights::Prepared> prepare_conv(const Tensor& weight, DType compute);

/// The weight as loaded, in f32 or bf16, where it was kept for other implementations than oneDNN's;
/// else undefined.
Tensor loaded_weight(const ConvWeights& weights);

std::string conv2d_dnnl_declines(const Tensor& x, const ConvWeights& weights,
                                 const ConvGeometry& geometry, const Tensor& residual);
void conv2d_dnnl(Tensor& out, const Tensor& x, const ConvWeights& weights,
                 const ConvGeometry& geometry, const Tensor& residual);

}  // namespace newbie::ops::cpu
