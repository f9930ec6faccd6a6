#pragma once
/// Changing the element type of raw tensor bytes, for merging and converting weights.

#include <cstddef>
#include <span>

#include "tensor/dtype.h"

namespace newbie::io {

/// `count` values as f32. Any dtype; integers beyond 2^24 round.
void to_f32(DType from, const std::byte* source, std::span<float> out);

/// f32 values as `to`, rounded to nearest even; f8 saturates. `to` is a floating dtype.
void from_f32(std::span<const float> values, DType to, std::byte* out);

/// Raw bytes of `from` as `to`; exact copy when they are equal. Threads share the work.
void cast_elements(DType from, std::span<const std::byte> source, DType to,
                   std::span<std::byte> out, int threads);

}  // namespace newbie::io
