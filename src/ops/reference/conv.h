#pragma once
/// What convolution means: six loops and a double.

#include "ops/conv.h"

namespace newbie::ops::reference {

/// Needs the weight as loaded: not after packing.
void conv2d(Tensor& out, const Tensor& x, const ConvWeights& weights, const ConvGeometry& geometry,
            const Tensor& residual);

}  // namespace newbie::ops::reference
