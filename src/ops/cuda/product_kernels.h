#pragma once
/// Own kernels around matrix products.

#include "ops/activation.h"
#include "ops/cuda/product.h"

namespace newbie::ops::cuda {

/// One thread per output: what cuBLASLt declines (odd strides), and the oracle of the others.
void plain_product(cudaStream_t stream, const ProductShape& shape, const ProductOperands& operands);

/// Whether few_rows_product takes the shape: up to four rows of bf16 or f16, where all there is to
/// do is to read the weight once, either way round.
bool takes_few_rows(const ProductShape& shape);
void few_rows_product(cudaStream_t stream, const ProductShape& shape,
                      const ProductOperands& operands);

/// y = act(sum + bias), from f32 sums [rows,columns]; bias f32 or null.
void bias_activation(cudaStream_t stream, void* y, DType type, const float* sums, const float* bias,
                     int64_t rows, int64_t columns, Activation activation);

/// y = act(gate) * up; gate and up [rows,columns] with `stride` elements between rows, y dense.
void gate(cudaStream_t stream, void* y, DType type, const void* gate, const void* up, int64_t rows,
          int64_t columns, int64_t stride, Activation activation);

/// Counts where two blocks of memory differ into *count (cleared first).
void count_differences(cudaStream_t stream, const void* a, const void* b, size_t bytes,
                       unsigned* count);

}  // namespace newbie::ops::cuda
