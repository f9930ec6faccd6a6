#pragma once
/// Rows of many sequences in one launch: where each begins goes along as a small table.

#include <span>

#include "ops/rope_lines.h"
#include "ops/sequences.h"

namespace newbie::ops::cuda {

void join_sequences(Tensor& y, const Tensor& first, const Packing& first_rows, const Tensor& second,
                    const Packing& second_rows);
void part_sequences(Tensor& y, const Tensor& x, const Packing& first_rows,
                    const Packing& second_rows);
void pad_heads(Tensor& y, const Tensor& x, const Packing& sequences, const HeadPadding& padding);
void unpad_heads(Tensor& x, const Tensor& y, const Packing& sequences, const int64_t& length);
void matrix_products(Tensor& y, const Tensor& x, const Tensor& w);
void rope_rows(Tensor& out, const Tensor& lines, const RopeLines& where,
               const std::span<const int32_t>& positions);

}  // namespace newbie::ops::cuda
