/// Around products little is computed and much is moved: threads take 16 bytes at a time where
/// rows allow it. The plain product is the exception: it is there to be right.
#include "ops/cuda/device_math.h"
#include "ops/cuda/product_kernels.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;

unsigned blocks_for(int64_t items) {
  return static_cast<unsigned>((items + kThreads - 1) / kThreads);
}

template <class In, class Out>
__global__ void plain_product_kernel(ProductShape s, const In* x, const In* w, const Out* bias,
                                     const Out* added, Out* y, float alpha) {
  const int64_t index = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (index >= s.rows * s.columns) return;
  const int64_t row = index / s.columns, column = index % s.columns;
  x += blockIdx.y * s.x_step + (s.x_turned ? row : row * s.x_stride);
  const int64_t x_next = s.x_turned ? s.x_stride : 1;
  w += blockIdx.y * s.w_step + (s.w_turned ? column : column * s.w_stride);
  const int64_t w_next = s.w_turned ? s.w_stride : 1;
  float sum = 0;
  for (int64_t k = 0; k < s.depth; ++k) sum = fmaf(wide(x[k * x_next]), wide(w[k * w_next]), sum);
  sum *= alpha;
  if (s.bias) sum += wide(bias[column]);
  if (s.gelu) sum = activated<Activation::gelu_tanh>(sum);
  const int64_t to = blockIdx.y * s.y_step + row * s.y_stride + column;
  if (s.adds) sum += wide(added[to]);
  y[to] = narrow<Out>(sum);
}

template <class T, Activation kActivation>
__global__ void bias_activation_kernel(T* y, const float* sums, const float* bias, int64_t count,
                                       int64_t columns) {
  const int64_t index = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (index >= count) return;
  float value = sums[index];
  if (bias) value += bias[index % columns];
  y[index] = narrow<T>(activated<kActivation>(value));
}

template <class T>
struct alignas(16) Pack {
  static constexpr int kCount = 16 / sizeof(T);
  T value[kCount];
};

constexpr int kFewRows = 4;
/// Columns of a warp: what it reads of x serves all of them.
constexpr int kWarpColumns = 2;

/// Lanes take 16 bytes of the weight's rows in turn and add up at the end, in a fixed order.
template <class In, class Out, int kRows>
__global__ void __launch_bounds__(kThreads)
    few_rows_kernel(ProductShape s, const In* x, const In* w, const Out* bias, Out* y,
                    float alpha) {
  constexpr int kWidth = Pack<In>::kCount;
  const int lane = threadIdx.x % 32;
  const int64_t first = (int64_t{blockIdx.x} * (kThreads / 32) + threadIdx.x / 32) * kWarpColumns;
  float sums[kWarpColumns][kRows] = {};
  for (int64_t k = lane * kWidth; k < s.depth; k += 32 * kWidth) {
    Pack<In> weights[kWarpColumns];
#pragma unroll
    for (int c = 0; c < kWarpColumns; ++c) {
      const int64_t column = min(first + c, s.columns - 1);
      weights[c] = *reinterpret_cast<const Pack<In>*>(w + column * s.w_stride + k);
    }
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      const Pack<In> row = *reinterpret_cast<const Pack<In>*>(x + r * s.x_stride + k);
#pragma unroll
      for (int i = 0; i < kWidth; ++i) {
#pragma unroll
        for (int c = 0; c < kWarpColumns; ++c) {
          sums[c][r] = fmaf(wide(row.value[i]), wide(weights[c].value[i]), sums[c][r]);
        }
      }
    }
  }
#pragma unroll
  for (int c = 0; c < kWarpColumns; ++c) {
#pragma unroll
    for (int r = 0; r < kRows; ++r) {
      float sum = sums[c][r];
      for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(~0u, sum, step);
      if (lane != 0 || first + c >= s.columns) continue;
      sum *= alpha;
      if (s.bias) sum += wide(bias[first + c]);
      if (s.gelu) sum = activated<Activation::gelu_tanh>(sum);
      y[r * s.y_stride + first + c] = narrow<Out>(sum);
    }
  }
}

/// The weight turned, [depth,columns]: what its row k adds to the columns is read along the row.
constexpr int kTurnedThreads = 512, kTurnedColumns = 32;

/// A block makes kTurnedColumns columns: four neighbours read 64 bytes of a row, the threads behind
/// them take other rows in turn, and all add up at the end, in a fixed order.
template <class In, class Out, int kRows>
__global__ void __launch_bounds__(kTurnedThreads)
    few_rows_turned_kernel(ProductShape s, const In* x, const In* w, Out* y, float alpha) {
  constexpr int kWidth = Pack<In>::kCount, kAcross = kTurnedColumns / kWidth;
  constexpr int kDown = kTurnedThreads / kAcross, kWarps = kTurnedThreads / 32;
  __shared__ float parts[kWarps][kRows][kTurnedColumns];
  const int across = threadIdx.x % kAcross, warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int64_t first = int64_t{blockIdx.x} * kTurnedColumns;
  const int64_t column = first + across * kWidth;
  float sums[kRows][kWidth] = {};
  if (column < s.columns) {
#pragma unroll 8
    for (int64_t k = threadIdx.x / kAcross; k < s.depth; k += kDown) {
      const Pack<In> weights = *reinterpret_cast<const Pack<In>*>(w + k * s.w_stride + column);
#pragma unroll
      for (int r = 0; r < kRows; ++r) {
        const float value = wide(x[r * s.x_stride + k]);
#pragma unroll
        for (int i = 0; i < kWidth; ++i) {
          sums[r][i] = fmaf(value, wide(weights.value[i]), sums[r][i]);
        }
      }
    }
  }
#pragma unroll
  for (int r = 0; r < kRows; ++r) {
#pragma unroll
    for (int i = 0; i < kWidth; ++i) {
      float sum = sums[r][i];
      for (int step = 16; step >= kAcross; step /= 2) sum += __shfl_xor_sync(~0u, sum, step);
      if (lane < kAcross) parts[warp][r][across * kWidth + i] = sum;
    }
  }
  __syncthreads();
  for (int at = threadIdx.x; at < kRows * kTurnedColumns; at += kTurnedThreads) {
    const int r = at / kTurnedColumns, c = at % kTurnedColumns;
    if (first + c >= s.columns) continue;
    float sum = 0;
    for (int i = 0; i < kWarps; ++i) sum += parts[i][r][c];
    y[r * s.y_stride + first + c] = narrow<Out>(alpha * sum);
  }
}

template <class T, Activation kActivation, int kWidth>
__global__ void gate_kernel(T* y, const T* gate, const T* up, int64_t count, int64_t columns,
                            int64_t stride) {
  const int64_t index = (int64_t{blockIdx.x} * kThreads + threadIdx.x) * kWidth;
  if (index >= count) return;
  const int64_t from = index / columns * stride + index % columns;
  if constexpr (kWidth == 1) {
    y[index] = narrow<T>(activated<kActivation>(wide(gate[from])) * wide(up[from]));
  } else {
    const Pack<T> g = *reinterpret_cast<const Pack<T>*>(gate + from);
    const Pack<T> u = *reinterpret_cast<const Pack<T>*>(up + from);
    Pack<T> out;
#pragma unroll
    for (int i = 0; i < kWidth; ++i) {
      out.value[i] = narrow<T>(activated<kActivation>(wide(g.value[i])) * wide(u.value[i]));
    }
    *reinterpret_cast<Pack<T>*>(y + index) = out;
  }
}

__global__ void count_differences_kernel(const uint8_t* a, const uint8_t* b, size_t bytes,
                                         unsigned* count) {
  const size_t step = size_t{gridDim.x} * kThreads;
  unsigned found = 0;
  for (size_t i = size_t{blockIdx.x} * kThreads + threadIdx.x; i < bytes; i += step) {
    found += a[i] != b[i];
  }
  if (found) atomicAdd(count, found);
}

bool divides_by_16(const void* pointer) { return reinterpret_cast<uintptr_t>(pointer) % 16 == 0; }

}  // namespace

void plain_product(cudaStream_t stream, const ProductShape& shape,
                   const ProductOperands& operands) {
  const dim3 blocks(blocks_for(shape.rows * shape.columns), static_cast<unsigned>(shape.batch));
  const auto run = [&]<class In, class Out>(In, Out) {
    plain_product_kernel<In, Out><<<blocks, kThreads, 0, stream>>>(
        shape, static_cast<const In*>(operands.x), static_cast<const In*>(operands.w),
        static_cast<const Out*>(operands.bias), static_cast<const Out*>(operands.added),
        static_cast<Out*>(operands.y), operands.alpha);
  };
  with_type(shape.in, [&](auto in) {
    if (shape.out == DType::f32) {
      run(in, float{});
    } else {
      run(in, in);
    }
  });
  check_launch("plain product");
}

bool takes_few_rows(const ProductShape& s) {
  const bool narrow_type = s.in == DType::bf16 || s.in == DType::f16;
  if (!narrow_type || s.adds || s.rows > kFewRows || s.batch != 1 || s.x_turned) return false;
  if (s.alignment < 16 || s.w_stride % 8 != 0) return false;
  if (s.w_turned) return s.columns % 8 == 0 && !s.bias && !s.gelu;
  return s.depth % 8 == 0 && s.x_stride % 8 == 0;
}

void few_rows_product(cudaStream_t stream, const ProductShape& shape,
                      const ProductOperands& operands) {
  const auto run = [&]<class In, class Out, int kRows>(In, Out,
                                                       std::integral_constant<int, kRows>) {
    const auto* x = static_cast<const In*>(operands.x);
    const auto* w = static_cast<const In*>(operands.w);
    auto* y = static_cast<Out*>(operands.y);
    if (shape.w_turned) {
      const int64_t blocks = (shape.columns + kTurnedColumns - 1) / kTurnedColumns;
      few_rows_turned_kernel<In, Out, kRows>
          <<<static_cast<unsigned>(blocks), kTurnedThreads, 0, stream>>>(shape, x, w, y,
                                                                         operands.alpha);
    } else {
      const int64_t warps = (shape.columns + kWarpColumns - 1) / kWarpColumns;
      few_rows_kernel<In, Out, kRows><<<blocks_for(warps * 32), kThreads, 0, stream>>>(
          shape, x, w, static_cast<const Out*>(operands.bias), y, operands.alpha);
    }
  };
  const auto with_rows = [&](auto in, auto out) {
    switch (shape.rows) {
      case 1:
        return run(in, out, std::integral_constant<int, 1>{});
      case 2:
        return run(in, out, std::integral_constant<int, 2>{});
      case 3:
        return run(in, out, std::integral_constant<int, 3>{});
      default:
        return run(in, out, std::integral_constant<int, kFewRows>{});
    }
  };
  with_type(shape.in, [&]<class In>(In in) {
    if constexpr (sizeof(In) == 2) {
      if (shape.out == DType::f32) {
        with_rows(in, float{});
      } else {
        with_rows(in, in);
      }
    }
  });
  check_launch("a product of few rows");
}

void bias_activation(cudaStream_t stream, void* y, DType type, const float* sums, const float* bias,
                     int64_t rows, int64_t columns, Activation activation) {
  with_type(type, [&]<class T>(T) {
    with_activation(activation, [&]<class Tag>(Tag) {
      bias_activation_kernel<T, Tag::kValue><<<blocks_for(rows * columns), kThreads, 0, stream>>>(
          static_cast<T*>(y), sums, bias, rows * columns, columns);
    });
  });
  check_launch("bias and activation");
}

void gate(cudaStream_t stream, void* y, DType type, const void* gate, const void* up, int64_t rows,
          int64_t columns, int64_t stride, Activation activation) {
  with_type(type, [&]<class T>(T) {
    constexpr int kWide = Pack<T>::kCount;
    const bool packs = columns % kWide == 0 && stride % kWide == 0 && divides_by_16(y) &&
                       divides_by_16(gate) && divides_by_16(up);
    with_activation(activation, [&]<class Tag>(Tag) {
      const auto run = [&](auto kernel, int width) {
        kernel<<<blocks_for((rows * columns + width - 1) / width), kThreads, 0, stream>>>(
            static_cast<T*>(y), static_cast<const T*>(gate), static_cast<const T*>(up),
            rows * columns, columns, stride);
      };
      if (packs) {
        run(gate_kernel<T, Tag::kValue, kWide>, kWide);
      } else {
        run(gate_kernel<T, Tag::kValue, 1>, 1);
      }
    });
  });
  check_launch("gate");
}

void count_differences(cudaStream_t stream, const void* a, const void* b, size_t bytes,
                       unsigned* count) {
  check_cuda(cudaMemsetAsync(count, 0, sizeof *count, stream), "comparing results");
  count_differences_kernel<<<1024, kThreads, 0, stream>>>(
      static_cast<const uint8_t*>(a), static_cast<const uint8_t*>(b), bytes, count);
  check_launch("comparing results");
}

}  // namespace newbie::ops::cuda
