/// One block per row, which lies in registers between its largest number and its codes; rows that
/// do not fit are read twice.
#include "ops/cuda/f8_kernels.h"
#include "ops/cuda/f8_rows.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int kPacks = 6;

template <class T>
struct PlainRows {
  using Element = T;
  const T* x;
  int64_t depth;

  template <int kWidth>
  __device__ void get(int64_t row, int64_t column, float (&out)[kWidth]) const {
    const auto pack = read<kWidth>(x + row * depth + column);
#pragma unroll
    for (int k = 0; k < kWidth; ++k) out[k] = wide(pack.value[k]);
  }
};

template <class T, Activation kActivation>
struct GatedRows {
  using Element = T;
  const T* gate;
  const T* up;
  int64_t stride;

  template <int kWidth>
  __device__ void get(int64_t row, int64_t column, float (&out)[kWidth]) const {
    const auto g = read<kWidth>(gate + row * stride + column);
    const auto u = read<kWidth>(up + row * stride + column);
#pragma unroll
    for (int k = 0; k < kWidth; ++k) {
      out[k] = wide(narrow<T>(activated_in<T, kActivation>(wide(g.value[k])) * wide(u.value[k])));
    }
  }
};

/// Each thread holds kPacks packs, rounded to the type of the source as they are.
template <int kWidth, class Source>
__global__ void rows_kernel(uint8_t* to, float* scales, Source source, int64_t depth) {
  using T = typename Source::Element;
  const int64_t row = blockIdx.x;
  Pack<T, kWidth> held[kPacks];
  float largest = 0.0f;
#pragma unroll
  for (int p = 0; p < kPacks; ++p) {
    const int64_t column = (int64_t{p} * blockDim.x + threadIdx.x) * kWidth;
    if (column >= depth) break;
    float values[kWidth];
    source.template get<kWidth>(row, column, values);
#pragma unroll
    for (int k = 0; k < kWidth; ++k) {
      largest = fmaxf(largest, fabsf(values[k]));
      held[p].value[k] = narrow<T>(values[k]);
    }
  }
  const RowScale scale(largest_over_row(largest));
  if (threadIdx.x == 0) scales[row] = scale.scale;
#pragma unroll
  for (int p = 0; p < kPacks; ++p) {
    const int64_t column = (int64_t{p} * blockDim.x + threadIdx.x) * kWidth;
    if (column >= depth) break;
    float values[kWidth];
#pragma unroll
    for (int k = 0; k < kWidth; ++k) values[k] = wide(held[p].value[k]);
    write<kWidth>(to + row * depth + column, codes_of(values, scale.inverse));
  }
}

/// Rows of any width and alignment.
template <class Source>
__global__ void any_rows_kernel(uint8_t* to, float* scales, Source source, int64_t depth) {
  const int64_t row = blockIdx.x;
  float largest = 0.0f, value[1];
  for (int64_t k = threadIdx.x; k < depth; k += blockDim.x) {
    source.template get<1>(row, k, value);
    largest = fmaxf(largest, fabsf(value[0]));
  }
  const RowScale scale(largest_over_row(largest));
  if (threadIdx.x == 0) scales[row] = scale.scale;
  for (int64_t k = threadIdx.x; k < depth; k += blockDim.x) {
    source.template get<1>(row, k, value);
    write<1>(to + row * depth + k, codes_of(value, scale.inverse));
  }
}

template <class Source>
void run(cudaStream_t stream, void* to, float* scales, const Source& source, int64_t rows,
         int64_t depth, bool packs) {
  constexpr int kWidth = kPack<typename Source::Element>;
  const int64_t lanes = divided_up(divided_up(depth, kWidth), kPacks);
  const auto blocks = static_cast<unsigned>(rows);
  auto* codes = static_cast<uint8_t*>(to);
  if (packs && depth % kWidth == 0 && lanes <= 1024) {
    const auto threads = static_cast<unsigned>(divided_up(lanes, 32) * 32);
    rows_kernel<kWidth><<<blocks, threads, 0, stream>>>(codes, scales, source, depth);
  } else {
    any_rows_kernel<<<blocks, kThreads, 0, stream>>>(codes, scales, source, depth);
  }
  check_launch("quantising rows");
}

}  // namespace

void quantize_rows(cudaStream_t stream, void* to, float* scales, const void* x, DType type,
                   int64_t rows, int64_t depth) {
  if (rows == 0) return;
  with_type(type, [&]<class T>(T) {
    run(stream, to, scales, PlainRows<T>{static_cast<const T*>(x), depth}, rows, depth,
        aligned({to, x}));
  });
}

void gate_to_f8(cudaStream_t stream, void* to, float* scales, DType type, const void* gate,
                const void* up, int64_t rows, int64_t columns, int64_t stride,
                Activation activation) {
  if (rows == 0) return;
  with_type(type, [&]<class T>(T) {
    with_activation(activation, [&]<class Tag>(Tag) {
      const GatedRows<T, Tag::kValue> source{static_cast<const T*>(gate), static_cast<const T*>(up),
                                             stride};
      run(stream, to, scales, source, rows, columns,
          aligned({to, gate, up}) && stride % kPack<T> == 0);
    });
  });
}

}  // namespace newbie::ops::cuda
