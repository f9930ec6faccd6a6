#pragma once
/// One kernel for every norm over the last axis: the row lies in registers between its statistics
/// and its result, and what follows the norm is done before it leaves them.

#include <type_traits>

#include "ops/cuda/memory_access.h"
#include "ops/elementwise.h"
#include "ops/packing.h"

namespace newbie::ops::cuda {

enum class RowNorm : uint8_t { rms, rms_modulate, add_gated_rms, add_rms, layer, layer_modulate };

template <RowNorm kKind>
inline constexpr bool kIsLayer = kKind == RowNorm::layer || kKind == RowNorm::layer_modulate;
template <RowNorm kKind>
inline constexpr bool kIsModulated =
    kKind == RowNorm::rms_modulate || kKind == RowNorm::add_gated_rms ||
    kKind == RowNorm::layer_modulate;
template <RowNorm kKind>
inline constexpr bool kAdds = kKind == RowNorm::add_gated_rms || kKind == RowNorm::add_rms;

/// Statistics of f32 rows are taken in double: f32 is the type of parity.
template <class T>
using Statistic = std::conditional_t<std::is_same_v<T, float>, double, float>;

/// One number per column, f32 or of the type of x.
struct Factors {
  const void* data = nullptr;
  bool f32 = true;

  static Factors of(const Tensor& tensor) { return {tensor.raw(), tensor.dtype() == DType::f32}; }

  template <class T, int kWidth>
  __device__ void get(int64_t i, float (&out)[kWidth]) const {
    if (f32) {
      const auto* from = static_cast<const float*>(data) + i;
      constexpr int kStep = kWidth < 4 ? kWidth : 4;
#pragma unroll
      for (int k = 0; k < kWidth; k += kStep) {
        const auto pack = read<kStep>(from + k);
#pragma unroll
        for (int j = 0; j < kStep; ++j) out[k + j] = pack.value[j];
      }
    } else {
      const auto pack = read<kWidth>(static_cast<const T*>(data) + i);
#pragma unroll
      for (int k = 0; k < kWidth; ++k) out[k] = wide(pack.value[k]);
    }
  }
};

/// Where sequences end: up to kMost by value, so that a launch needs no memory of its own; more of
/// them in a table on the device.
struct SequenceEnds {
  static constexpr int64_t kMost = 128;
  int64_t end[kMost] = {};
  const int64_t* table = nullptr;
  int64_t count = 0;

  /// `held` keeps the table until the launch.
  static SequenceEnds of(const Packing& sequences, const Device& device, Tensor& held) {
    SequenceEnds ends;
    ends.count = sequences.count();
    if (ends.count <= kMost) {
      for (int64_t b = 0; b < ends.count; ++b) ends.end[b] = sequences.end(b);
      return ends;
    }
    held = Tensor::from<int64_t>(std::span(sequences.offsets).subspan(1), {ends.count}, device);
    ends.table = data_of<int64_t>(std::as_const(held));
    return ends;
  }
  __device__ int64_t end_of(int64_t b) const { return table ? table[b] : end[b]; }
  /// The sequence of a row.
  __device__ int64_t find(int64_t row) const {
    int64_t b = 0;
    if (!table) {
      while (row >= end[b]) ++b;
      return b;
    }
    for (int64_t last = count - 1; b < last;) {
      const int64_t middle = (b + last) / 2;
      if (row < table[middle]) {
        last = middle;
      } else {
        b = middle + 1;
      }
    }
    return b;
  }
};

template <class T>
struct RowNormArguments {
  T* y;
  const T* x;         ///< what is normed
  const T* residual;  ///< what the result is added to
  int64_t rows;
  int width;
  float eps;
  bool one_plus;  ///< how the weight applies (RmsWeight)
  Factors weight, bias, modulation;
  SequenceEnds ends;
};

constexpr int kMostWarpsPerRow = 32;
constexpr int kMostPacks = 9;

/// Sum over the threads of a row: blockDim.x of them.
template <class Number>
__device__ inline Number sum_over_row(Number value) {
  value = sum_over_lanes(value);
  if (blockDim.x == 32) return value;
  __shared__ Number parts[kMostWarpsPerRow];
  __syncthreads();
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = value;
  __syncthreads();
  Number total = 0;
  for (unsigned warp = 0; warp < blockDim.x / 32; ++warp) total += parts[warp];
  return total;
}

__device__ inline float inverse_root(float value) { return rsqrtf(value); }
__device__ inline double inverse_root(double value) { return 1.0 / sqrt(value); }

template <class T>
__device__ inline float gate_of(float x) {
  if constexpr (std::is_same_v<T, float>) return tanhf(x);
  // To a few units of f32's last place around 1, which 16 bits cannot tell from tanhf.
  return 1.0f - __fdividef(2.0f, 1.0f + __expf(2.0f * x));
}

/// blockDim = (threads per row, rows per block); each thread holds kPacks packs of kWidth.
template <RowNorm kKind, class T, int kWidth, int kPacks>
__global__ void row_norm_kernel(const __grid_constant__ RowNormArguments<T> a) {
  using Number = Statistic<T>;
  const int64_t row = int64_t{blockIdx.x} * blockDim.y + threadIdx.y;
  if (row >= a.rows) return;  // whole warps, and whole blocks where a row takes more than one
  const int64_t first = row * a.width;
  const auto column_of = [&](int p) {
    return (p * static_cast<int>(blockDim.x) + static_cast<int>(threadIdx.x)) * kWidth;
  };

  Pack<T, kWidth> in[kPacks];
#pragma unroll
  for (int p = 0; p < kPacks; ++p) {
    const int column = column_of(p);
    in[p] = {};
    if (column < a.width) in[p] = read<kWidth>(a.x + first + column);
  }
  Number mean = 0;
  if constexpr (kIsLayer<kKind>) {
    Number sum = 0;
#pragma unroll
    for (int p = 0; p < kPacks; ++p) {
#pragma unroll
      for (int k = 0; k < kWidth; ++k) sum += wide(in[p].value[k]);
    }
    mean = sum_over_row(sum) / a.width;
  }
  Number squares = 0;
#pragma unroll
  for (int p = 0; p < kPacks; ++p) {
    if (column_of(p) < a.width) {
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const Number distance = wide(in[p].value[k]) - mean;
        squares += distance * distance;
      }
    }
  }
  const Number scale = inverse_root(sum_over_row(squares) / a.width + static_cast<Number>(a.eps));

  const int64_t modulation_row = kIsModulated<kKind> ? a.ends.find(row) * a.width : 0;
#pragma unroll
  for (int p = 0; p < kPacks; ++p) {
    const int column = column_of(p);
    if (column >= a.width) continue;
    float weight[kWidth], bias[kWidth], modulation[kWidth];
    Pack<T, kWidth> residual, out;
    if constexpr (kAdds<kKind>) residual = read<kWidth>(a.residual + first + column);
    if constexpr (kKind != RowNorm::layer_modulate) a.weight.template get<T>(column, weight);
    if constexpr (kKind == RowNorm::layer) a.bias.template get<T>(column, bias);
    if constexpr (kIsModulated<kKind>) {
      a.modulation.template get<T>(modulation_row + column, modulation);
    }
#pragma unroll
    for (int k = 0; k < kWidth; ++k) {
      const auto x_hat = static_cast<float>((wide(in[p].value[k]) - mean) * scale);
      // Rounds wherever the plain ops would.
      T normed;
      if constexpr (kKind == RowNorm::layer) {
        normed = narrow<T>(fmaf(x_hat, weight[k], bias[k]));
      } else if constexpr (kKind == RowNorm::layer_modulate) {
        normed = narrow<T>(x_hat);
      } else if (a.one_plus) {
        normed = narrow<T>(x_hat * (1.0f + weight[k]));
      } else {
        normed = narrow<T>(wide(narrow<T>(x_hat)) * weight[k]);
      }
      if constexpr (kKind == RowNorm::add_gated_rms) {
        const float factor = gate_of<T>(modulation[k]);
        out.value[k] = narrow<T>(fmaf(factor, wide(normed), wide(residual.value[k])));
      } else if constexpr (kKind == RowNorm::add_rms) {
        out.value[k] = narrow<T>(wide(residual.value[k]) + wide(normed));
      } else if constexpr (kIsModulated<kKind>) {
        out.value[k] = narrow<T>(wide(normed) * (1.0f + modulation[k]));
      } else {
        out.value[k] = normed;
      }
    }
    write<kWidth>(a.y + first + column, out);
  }
}

/// What a family's op hands over; undefined tensors are those it does not have.
struct RowNormCall {
  Tensor x, residual, weight, bias, modulation;
  float eps;
  bool one_plus = false;
  const Packing* sequences = nullptr;
};

template <RowNorm kKind, class T, int kWidth, int kPacks>
void launch_row_norm(const RowNormArguments<T>& arguments, cudaStream_t stream) {
  const int64_t packs = divided_up(arguments.width, kWidth);
  const auto warps = static_cast<unsigned>(divided_up(packs, int64_t{32} * kPacks));
  const dim3 block(32 * warps, warps == 1 ? 4 : 1);
  const auto blocks = static_cast<unsigned>(divided_up(arguments.rows, block.y));
  row_norm_kernel<kKind, T, kWidth, kPacks><<<blocks, block, 0, stream>>>(arguments);
  require_launched("a norm of rows");
}

/// The weights as kernels take them: other types than f32 and that of x are converted.
inline Tensor as_factors(const Tensor& tensor, DType type) {
  const bool taken = !tensor.defined() || tensor.dtype() == DType::f32 || tensor.dtype() == type;
  return taken ? tensor : ops::cast(tensor, DType::f32);
}

template <RowNorm kKind>
void row_norm(Tensor& y, RowNormCall call) {
  if (y.numel() == 0) return;
  call.weight = as_factors(call.weight, y.dtype());
  call.bias = as_factors(call.bias, y.dtype());
  const cudaStream_t stream = newbie::cuda::stream_of(y.device());
  Tensor table;
  with_type(y.dtype(), [&]<class T>(T) {
    RowNormArguments<T> a{.y = data_of<T>(y),
                          .x = data_of<T>(call.x),
                          .residual = nullptr,
                          .rows = y.shape().rows(),
                          .width = static_cast<int>(y.dim(-1)),
                          .eps = call.eps,
                          .one_plus = call.one_plus,
                          .weight = {},
                          .bias = {},
                          .modulation = {},
                          .ends = {}};
    bool packs = a.width % kPack<T> == 0 && aligned({a.y, a.x});
    if (call.residual.defined()) a.residual = data_of<T>(call.residual);
    for (const auto& [tensor, factors] : {std::pair{&call.weight, &a.weight},
                                          {&call.bias, &a.bias},
                                          {&call.modulation, &a.modulation}}) {
      if (!tensor->defined()) continue;
      *factors = Factors::of(*tensor);
      packs = packs && aligned({factors->data});
    }
    packs = packs && aligned({a.residual});
    if (call.sequences) a.ends = SequenceEnds::of(*call.sequences, y.device(), table);
    const int64_t each = a.width / kPack<T>;
    if (!packs) return launch_row_norm<kKind, T, 1, kMostPacks>(a, stream);
    if (each <= 32) return launch_row_norm<kKind, T, kPack<T>, 1>(a, stream);
    if (each <= 96) return launch_row_norm<kKind, T, kPack<T>, 3>(a, stream);
    return launch_row_norm<kKind, T, kPack<T>, kMostPacks>(a, stream);
  });
}

}  // namespace newbie::ops::cuda
