#pragma once
/// Table look-up, and numbers as waves.

#include <cstdint>
#include <span>

#include "tensor/tensor.h"

namespace newbie::ops {

/// y[i] = table[ids[i]] * scale, in `dtype`. The table may be mapped and of any floating type: only
/// the rows that are asked for are read. Shapes: table [V,D], ids [T] -> [T,D]. Errors:
/// `request.token_id` for an id outside [0, V).
Tensor embedding(const Tensor& table, std::span<const int32_t> ids, float scale, DType dtype);

/// [cos(t f_j) ..., sin(t f_j) ...] with f_j = base^(-j/count), a row per t, in `dtype`. Nothing is
/// copied from the host. Shapes: -> [t, 2 count].
Tensor sinusoids(std::span<const float> t, int64_t count, float base, DType dtype,
                 const Device& device);

}  // namespace newbie::ops
