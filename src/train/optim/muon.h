#pragma once
/// Muon: steps that move a matrix equally in all directions, by making its momentum orthogonal.
/// Source: Jordan et al. 2024, "Muon"; the scale is that of Liu et al. 2025, "Muon is scalable".

#include "tensor/tensor.h"

namespace newbie::train {

/// About U V^T of each x = U S V^T: `iterations` of a quintic that pushes all singular values near
/// one (between 0.7 and 1.2). Shapes: [B,m,n]. Types: f32 or bf16. Nothing waits for the device.
Tensor orthogonalized(const Tensor& x, int iterations);

/// Rows and columns exchanged. Shapes: [B,m,n] -> [B,n,m].
Tensor transposed(const Tensor& x);

/// What makes Muon's steps about as long as AdamW's: 0.2 sqrt(max(m, n)).
double muon_scale(int64_t rows, int64_t columns);

}  // namespace newbie::train
