#pragma once
/// The kernels of one instruction set, as the rest of the program calls them.

#include "ops/cpu/vector/elementwise.h"
#include "ops/cpu/vector/rows.h"
#include "ops/cpu/vector/slopes.h"
#include "ops/cpu/vector/sums.h"

#define NEWBIE_STRING_(text) #text
#define NEWBIE_STRING(text) NEWBIE_STRING_(text)

namespace newbie::ops::cpu::NEWBIE_SIMD {

const Kernels kKernels{.instruction_set = NEWBIE_STRING(NEWBIE_SIMD),
                       .activate = activate,
                       .gated = gated,
                       .add = add,
                       .combine = combine,
                       .affine = affine,
                       .clamp = clamp,
                       .convert = convert,
                       .tanh = tanh_of,
                       .rms_rows = rms_rows,
                       .layer_rows = layer_rows,
                       .rope_row = rope_row,
                       .sum_of_squares = sum_of_squares,
                       .first_non_finite = first_non_finite,
                       .column_sums = column_sums,
                       .column_squares = column_squares,
                       .column_affine = column_affine,
                       .activate_backward = activate_backward,
                       .gated_backward = gated_backward,
                       .row_slopes = row_slopes,
                       .column_slope_sums = column_slope_sums,
                       .column_slopes = column_slopes,
                       .softmax_row = softmax_row,
                       .score_slopes = score_slopes};

}  // namespace newbie::ops::cpu::NEWBIE_SIMD
