#pragma once
/// Own kernels that end in f8_e4m3 codes.

#include "ops/activation.h"
#include "ops/cuda/libraries.h"

namespace newbie::ops::cuda {

/// Each row of x [rows,depth] as codes times a scale of its own (ops::quantize_rows). Types of x:
/// f32, bf16, f16.
void quantize_rows(cudaStream_t stream, void* to, float* scales, const void* x, DType type,
                   int64_t rows, int64_t depth);

/// quantize_rows of act(gate) * up, which is rounded to `type` in between; gate and up
/// [rows,columns] with `stride` elements between rows.
void gate_to_f8(cudaStream_t stream, void* to, float* scales, DType type, const void* gate,
                const void* up, int64_t rows, int64_t columns, int64_t stride,
                Activation activation);

}  // namespace newbie::ops::cuda
