#pragma once
/// The shape family on NVIDIA devices: bytes are moved in the largest units that sizes and
/// addresses allow.

#include "ops/shape.h"

namespace newbie::ops::cuda {

void concat_rows(Tensor& y, const std::vector<Tensor>& parts);
void concat_columns(Tensor& y, const std::vector<Tensor>& parts);
/// Columns [first, first + width of y) of the last axis.
void take_columns(Tensor& y, const Tensor& x, const int64_t& first);
/// x [...,n D] as y [n,rows,D].
void split_evenly(Tensor& y, const Tensor& x);
void take_rows(Tensor& y, const Tensor& x, const std::vector<int64_t>& indices);
/// [B,m,n] -> [B,n,m] for the m x n matrices of any x; `m` and `n` are read from x [B,m,n].
void transpose(Tensor& y, const Tensor& x);
void crop(Tensor& out, const Tensor& image, const int64_t& top, const int64_t& left);
void upsample_nearest_2x(Tensor& y, const Tensor& image);
void patchify(Tensor& y, const Tensor& latent, const int64_t& patch);
void unpatchify(Tensor& y, const Tensor& tokens, const int64_t& patch);

}  // namespace newbie::ops::cuda
