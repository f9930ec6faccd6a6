#pragma once
/// Gradients of convolutions.

#include "ops/conv.h"

namespace newbie::ops {

/// dx of conv2d. Shapes: dy [B,h',w',O], weight [O,I,kh,kw] of any floating type ->
/// [B,height,width,I].
Tensor conv2d_input_gradient(const Tensor& dy, const Tensor& weight, const ConvGeometry& geometry,
                             int64_t height, int64_t width);

/// dW of conv2d. Shapes: dy [B,h',w',O], x [B,h,w,I] -> [O,I,kh,kw] f32 (f64 for f64).
Tensor conv2d_weight_gradient(const Tensor& dy, const Tensor& x, const ConvGeometry& geometry,
                              int64_t kernel_height, int64_t kernel_width);

}  // namespace newbie::ops
