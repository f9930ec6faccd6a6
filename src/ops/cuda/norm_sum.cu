/// A row is read once: the sum stays in registers, rounded as it is written, while its own norm is
/// taken and modulated. Every value rounds where the plain ops would round it.
#include "ops/cuda/f8_rows.h"
#include "ops/cuda/norm_rows.h"
#include "ops/cuda/norm_sum.h"

namespace newbie::ops::cuda {
namespace {

template <class T>
struct SumArguments {
  T* sum;           ///< where the sum goes; unused without a branch
  T* normed;        ///< where the modulated norm goes, or
  uint8_t* codes;   ///< its codes
  float* scales;    ///< and their scales
  const T* x;       ///< what is added to, or normed
  const T* branch;  ///< what is normed, gated and added
  int64_t rows;
  int width;
  float added_eps, next_eps;
  Factors added_weight, gate, next_weight, scale;
  SequenceEnds ends;
};

/// blockDim = (threads per row, rows per block); each thread holds kPacks packs of kWidth.
template <class T, int kWidth, int kPacks, bool kAdds, bool kCodes>
__global__ void sum_kernel(const __grid_constant__ SumArguments<T> a) {
  using Number = Statistic<T>;
  const int64_t row = int64_t{blockIdx.x} * blockDim.y + threadIdx.y;
  if (row >= a.rows) return;  // whole warps, and whole blocks where a row takes more than one
  const int64_t first = row * a.width;
  const auto column_of = [&](int p) {
    return (p * static_cast<int>(blockDim.x) + static_cast<int>(threadIdx.x)) * kWidth;
  };
  Pack<T, kWidth> held[kPacks], branch[kAdds ? kPacks : 1];
#pragma unroll
  for (int p = 0; p < kPacks; ++p) {
    const int column = column_of(p);
    held[p] = {};
    if constexpr (kAdds) branch[p] = {};
    if (column >= a.width) continue;
    if constexpr (kAdds) branch[p] = read<kWidth>(a.branch + first + column);
    held[p] = read<kWidth>(a.x + first + column);
  }
  const auto inverse_of = [&](const auto& packs, float eps) {
    Number squares = 0;
#pragma unroll
    for (int p = 0; p < kPacks; ++p) {
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const Number value = wide(packs[p].value[k]);
        squares += value * value;
      }
    }
    return inverse_root(sum_over_row(squares) / a.width + static_cast<Number>(eps));
  };
  const int64_t factors = a.ends.find(row) * a.width;

  if constexpr (kAdds) {
    const Number inverse = inverse_of(branch, a.added_eps);
#pragma unroll
    for (int p = 0; p < kPacks; ++p) {
      const int column = column_of(p);
      if (column >= a.width) continue;
      float weight[kWidth], gate[kWidth];
      a.added_weight.template get<T>(column, weight);
      a.gate.template get<T>(factors + column, gate);
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const auto x_hat = static_cast<float>(wide(branch[p].value[k]) * inverse);
        const T normed = narrow<T>(wide(narrow<T>(x_hat)) * weight[k]);
        held[p].value[k] =
            narrow<T>(fmaf(gate_of<T>(gate[k]), wide(normed), wide(held[p].value[k])));
      }
      write<kWidth>(a.sum + first + column, held[p]);
    }
  }

  const Number inverse = inverse_of(held, a.next_eps);
  float largest = 0.0f;
#pragma unroll
  for (int p = 0; p < kPacks; ++p) {
    const int column = column_of(p);
    if (column >= a.width) continue;
    float weight[kWidth], scale[kWidth];
    a.next_weight.template get<T>(column, weight);
    a.scale.template get<T>(factors + column, scale);
#pragma unroll
    for (int k = 0; k < kWidth; ++k) {
      const auto x_hat = static_cast<float>(wide(held[p].value[k]) * inverse);
      const T normed = narrow<T>(wide(narrow<T>(x_hat)) * weight[k]);
      held[p].value[k] = narrow<T>(wide(normed) * (1.0f + scale[k]));
      if constexpr (kCodes) largest = fmaxf(largest, fabsf(wide(held[p].value[k])));
    }
    if constexpr (!kCodes) write<kWidth>(a.normed + first + column, held[p]);
  }
  if constexpr (kCodes) {
    const RowScale of_row(largest_over_row(largest));
    if (threadIdx.x == 0) a.scales[row] = of_row.scale;
#pragma unroll
    for (int p = 0; p < kPacks; ++p) {
      const int column = column_of(p);
      if (column >= a.width) continue;
      float values[kWidth];
#pragma unroll
      for (int k = 0; k < kWidth; ++k) values[k] = wide(held[p].value[k]);
      write<kWidth>(a.codes + first + column, codes_of(values, of_row.inverse));
    }
  }
}

template <class T, int kWidth, int kPacks, bool kAdds, bool kCodes>
void launch(const SumArguments<T>& a, cudaStream_t stream) {
  const int64_t packs = divided_up(a.width, kWidth);
  const auto warps = static_cast<unsigned>(divided_up(packs, int64_t{32} * kPacks));
  const dim3 block(32 * warps, warps == 1 ? 4 : 1);
  const auto blocks = static_cast<unsigned>(divided_up(a.rows, block.y));
  sum_kernel<T, kWidth, kPacks, kAdds, kCodes><<<blocks, block, 0, stream>>>(a);
  require_launched("a norm with its sum");
}

struct Call {
  Tensor sum, normed, codes, scales;  // results; undefined where there is none
  Tensor x, branch;
  const ModulatedNorm* added;
  const ModulatedNorm& next;
  const Packing& sequences;
};

template <bool kAdds, bool kCodes>
void run(Call call) {
  if (call.x.numel() == 0) return;
  const DType type = call.x.dtype();
  const Tensor next_weight = as_factors(call.next.weight, type);
  const Tensor added_weight = kAdds ? as_factors(call.added->weight, type) : Tensor();
  with_type(type, [&]<class T>(T) {
    SumArguments<T> a{};
    a.x = data_of<T>(call.x);
    a.rows = call.x.dim(0);
    a.width = static_cast<int>(call.x.dim(1));
    a.next_eps = call.next.eps;
    a.next_weight = Factors::of(next_weight);
    a.scale = Factors::of(call.next.factors);
    a.ends = SequenceEnds::of(call.sequences);
    bool packs = a.width % kPack<T> == 0 && aligned({a.x, a.next_weight.data, a.scale.data});
    if constexpr (kAdds) {
      a.branch = data_of<T>(call.branch);
      a.sum = data_of<T>(call.sum);
      a.added_eps = call.added->eps;
      a.added_weight = Factors::of(added_weight);
      a.gate = Factors::of(call.added->factors);
      packs = packs && aligned({a.branch, a.sum, a.added_weight.data, a.gate.data});
    }
    if constexpr (kCodes) {
      a.codes = data_of<uint8_t>(call.codes);
      a.scales = data_of<float>(call.scales);
      packs = packs && aligned({a.codes});
    } else {
      a.normed = data_of<T>(call.normed);
      packs = packs && aligned({a.normed});
    }
    const cudaStream_t stream = newbie::cuda::stream_of(call.x.device());
    if (packs) return launch<T, kPack<T>, kMostPacks, kAdds, kCodes>(a, stream);
    launch<T, 1, kMostPacks, kAdds, kCodes>(a, stream);
  });
}

std::string declines(const Tensor& x, const Packing& sequences) {
  constexpr int64_t kWidest = int64_t{32} * kMostWarpsPerRow * kMostPacks;
  if (x.dim(1) > kWidest) return "rows wider than " + std::to_string(kWidest);
  if (sequences.count() <= SequenceEnds::kMost) return "";
  return "more than " + std::to_string(SequenceEnds::kMost) + " sequences";
}

}  // namespace

std::string sum_and_norm_declines(const AlsoOut&, const Tensor& x, const Tensor&,
                                  const ModulatedNorm&, const ModulatedNorm&,
                                  const Packing& sequences) {
  return declines(x, sequences);
}

void sum_and_norm(Tensor& sum, const AlsoOut& normed, const Tensor& x, const Tensor& branch,
                  const ModulatedNorm& added, const ModulatedNorm& next, const Packing& sequences) {
  run<true, false>({sum, normed.tensor, {}, {}, x, branch, &added, next, sequences});
}

std::string sum_and_norm_to_f8_declines(const AlsoOut&, const AlsoOut&, const Tensor& x,
                                        const Tensor&, const ModulatedNorm&, const ModulatedNorm&,
                                        const Packing& sequences) {
  return declines(x, sequences);
}

void sum_and_norm_to_f8(Tensor& sum, const AlsoOut& codes, const AlsoOut& scales, const Tensor& x,
                        const Tensor& branch, const ModulatedNorm& added, const ModulatedNorm& next,
                        const Packing& sequences) {
  run<true, true>({sum, {}, codes.tensor, scales.tensor, x, branch, &added, next, sequences});
}

std::string rms_norm_modulate_to_f8_declines(const AlsoOut&, const Tensor& x, const Tensor&,
                                             const float&, const Tensor&,
                                             const Packing& sequences) {
  return declines(x, sequences);
}

void rms_norm_modulate_to_f8(Tensor& codes, const AlsoOut& scales, const Tensor& x,
                             const Tensor& weight, const float& eps, const Tensor& scale,
                             const Packing& sequences) {
  run<false, true>({{}, {}, codes, scales.tensor, x, {}, nullptr, {weight, eps, scale}, sequences});
}

}  // namespace newbie::ops::cuda
