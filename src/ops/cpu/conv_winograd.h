#pragma once
/// Convolution 3x3 in f32 with a quarter of the products.

#include "ops/conv.h"

namespace newbie::ops::cpu {

std::string conv2d_winograd_declines(const Tensor& x, const ConvWeights& weights,
                                     const ConvGeometry& geometry, const Tensor& residual);
/// Some 1e-6 further from the truth than the direct sum (relative, root mean square). Cost: 4 times
/// the layer's weights as workspace while it runs, and some 10 MB per thread.
void conv2d_winograd(Tensor& out, const Tensor& x, const ConvWeights& weights,
                     const ConvGeometry& geometry, const Tensor& residual);

}  // namespace newbie::ops::cpu
