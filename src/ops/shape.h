#pragma once
/// Moving elements without arithmetic.

#include <vector>

#include "ops/packing.h"
#include "tensor/tensor.h"

namespace newbie::ops {

/// Parts one after another along the first axis; the other sizes and the types agree.
Tensor concat_rows(const std::vector<Tensor>& parts);
/// Parts side by side along the last axis. Shapes: [..., D_i] -> [..., sum D_i].
Tensor concat_columns(const std::vector<Tensor>& parts);
/// The inverse of concat_columns.
std::vector<Tensor> split_columns(const Tensor& x, const std::vector<int64_t>& widths);

/// Rows of x in the order of `indices`. Shapes: x [S,D] -> [indices,D].
Tensor take_rows(const Tensor& x, const std::vector<int64_t>& indices);

/// [B,C,h,w] <-> [B,h,w,C].
Tensor to_channels_last(const Tensor& x);
Tensor to_channels_first(const Tensor& x);

/// Window [y, y+height) x [x, x+width) of every image. Shapes: [B,h,w,C] -> [B,height,width,C].
Tensor crop(const Tensor& image, int64_t y, int64_t x, int64_t height, int64_t width);

/// The inverse: zeros around `image`, whose corner comes to lie at (y, x). Shapes: [B,h,w,C] ->
/// [B,height,width,C].
Tensor place(const Tensor& image, int64_t y, int64_t x, int64_t height, int64_t width);

/// Zeros between the pixels: pixel (i, j) moves to (i*step, j*step). Shapes: [B,h,w,C] ->
/// [B,height,width,C].
Tensor spread_pixels(const Tensor& image, int64_t step, int64_t height, int64_t width);

/// Nearest-neighbour doubling. Shapes: [B,h,w,C] -> [B,2h,2w,C].
Tensor upsample_nearest_2x(const Tensor& image);

/// Tokens of p x p patches, row by row, channel fastest: feature (p1*p + p2)*C + c.
/// Shapes: [C,h,w] -> [h/p * w/p, p*p*C]. Source: NextDiT patchify_and_embed.
Tensor patchify(const Tensor& latent, int64_t patch);
/// The inverse. Shapes: [h/p * w/p, p*p*C] -> [C,h,w].
Tensor unpatchify(const Tensor& tokens, int64_t patch, int64_t channels, int64_t h, int64_t w);

}  // namespace newbie::ops
