#pragma once
/// What the ops of sequences.h mean, row by row.

#include <span>

#include "ops/rope_lines.h"
#include "ops/sequences.h"

namespace newbie::ops::reference {

void join_sequences(Tensor& y, const Tensor& first, const Packing& first_rows, const Tensor& second,
                    const Packing& second_rows);
/// y: all rows of the first parts, then all of the second.
void part_sequences(Tensor& y, const Tensor& x, const Packing& first_rows,
                    const Packing& second_rows);
void pad_heads(Tensor& y, const Tensor& x, const Packing& sequences, const HeadPadding& padding);
void unpad_heads(Tensor& x, const Tensor& y, const Packing& sequences, const int64_t& length);
void rope_rows(Tensor& out, const Tensor& lines, const RopeLines& where,
               const std::span<const int32_t>& positions);

}  // namespace newbie::ops::reference
