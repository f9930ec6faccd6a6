/// A row is read once: the sum stays in registers, rounded as it is written, while its own norm is
/// taken and modulated. Every value rounds where the plain ops would round it. Rows of whole packs
/// have a thread per pack, in blocks that stay: a thread keeps the factors of its columns for many
/// rows, and fetches the next row while the last one's sums go around the block.
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

/// Sums and maxima over a block, one barrier each: two sets of parts take turns.
class BlockTotals {
 public:
  template <class Number>
  __device__ Number sum(Number value) {
    __shared__ Number parts[2][kMostWarpsPerRow];
    value = sum_over_lanes(value);
    Number* mine = parts[turn_];
    if (threadIdx.x % 32 == 0) mine[threadIdx.x / 32] = value;
    __syncthreads();
    turn_ ^= 1;
    Number total = 0;
    for (unsigned warp = 0; warp < blockDim.x / 32; ++warp) total += mine[warp];
    return total;
  }

 private:
  int turn_ = 0;
};

/// Registers of a thread, and how many threads a processor holds with them. Three blocks with a few
/// numbers spilled were measured a tenth faster than two without.
constexpr int kStayingRegisters = 72, kStayingThreads = 65536 / kStayingRegisters / 32 * 32;

/// One pack of a row per thread, `each` rows one after the other.
template <class T, bool kAdds, bool kCodes>
__global__ void __maxnreg__(kStayingRegisters)
    staying_kernel(const __grid_constant__ SumArguments<T> a, int64_t each) {
  constexpr int kWidth = kPack<T>;
  using Number = Statistic<T>;
  const int column = static_cast<int>(threadIdx.x) * kWidth;
  const int64_t begin = blockIdx.x * each, end = min(begin + each, a.rows);
  float added_weight[kWidth], gate[kWidth], next_weight[kWidth], factor[kWidth];
  if constexpr (kAdds) a.added_weight.template get<T>(column, added_weight);
  a.next_weight.template get<T>(column, next_weight);

  BlockTotals totals;
  const auto inverse_of = [&](const Pack<T, kWidth>& pack, float eps) {
    Number squares = 0;
#pragma unroll
    for (int k = 0; k < kWidth; ++k) {
      const Number value = wide(pack.value[k]);
      squares += value * value;
    }
    return inverse_root(totals.sum(squares) / a.width + static_cast<Number>(eps));
  };
  Pack<T, kWidth> next_x{}, next_branch{};
  const auto fetch = [&](int64_t row) {
    if (row >= end) return;
    next_x = read<kWidth>(a.x + row * a.width + column);
    if constexpr (kAdds) next_branch = read<kWidth>(a.branch + row * a.width + column);
  };
  fetch(begin);
  int64_t sequence_end = 0;
  for (int64_t row = begin; row < end; ++row) {
    if (row >= sequence_end) {
      const int64_t sequence = a.ends.find(row);
      sequence_end = a.ends.end_of(sequence);
      if constexpr (kAdds) {
        a.gate.template get<T>(sequence * a.width + column, gate);
#pragma unroll
        for (int k = 0; k < kWidth; ++k) gate[k] = gate_of<T>(gate[k]);
      }
      a.scale.template get<T>(sequence * a.width + column, factor);
#pragma unroll
      for (int k = 0; k < kWidth; ++k) factor[k] += 1.0f;
    }
    Pack<T, kWidth> x = next_x;
    const Pack<T, kWidth> branch = next_branch;
    fetch(row + 1);
    const int64_t at = row * a.width + column;
    if constexpr (kAdds) {
      const Number inverse = inverse_of(branch, a.added_eps);
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const auto x_hat = static_cast<float>(wide(branch.value[k]) * inverse);
        const T normed = narrow<T>(wide(narrow<T>(x_hat)) * added_weight[k]);
        x.value[k] = narrow<T>(fmaf(gate[k], wide(normed), wide(x.value[k])));
      }
      write<kWidth>(a.sum + at, x);
    }
    const Number inverse = inverse_of(x, a.next_eps);
    float largest = 0.0f;
#pragma unroll
    for (int k = 0; k < kWidth; ++k) {
      const auto x_hat = static_cast<float>(wide(x.value[k]) * inverse);
      const T normed = narrow<T>(wide(narrow<T>(x_hat)) * next_weight[k]);
      x.value[k] = narrow<T>(wide(normed) * factor[k]);
      if constexpr (kCodes) largest = fmaxf(largest, fabsf(wide(x.value[k])));
    }
    if constexpr (kCodes) {
      const RowScale of_row(largest_over_row(largest));
      if (threadIdx.x == 0) a.scales[row] = of_row.scale;
      float values[kWidth];
#pragma unroll
      for (int k = 0; k < kWidth; ++k) values[k] = wide(x.value[k]);
      write<kWidth>(a.codes + at, codes_of(values, of_row.inverse));
    } else {
      write<kWidth>(a.normed + at, x);
    }
  }
}

/// Whether a row is one pack per thread of whole warps.
template <class T>
bool stays(const SumArguments<T>& a) {
  const int threads = a.width / kPack<T>;
  return threads % 32 == 0 && threads >= 64 && threads <= kStayingThreads;
}

template <class T, bool kAdds, bool kCodes>
void launch_staying(const SumArguments<T>& a, const newbie::cuda::Context& context) {
  const int threads = a.width / kPack<T>;
  const int64_t most = int64_t{context.processors()} * (kStayingThreads / threads);
  const int64_t each = divided_up(a.rows, most);
  const auto blocks = static_cast<unsigned>(divided_up(a.rows, each));
  staying_kernel<T, kAdds, kCodes>
      <<<blocks, static_cast<unsigned>(threads), 0, context.stream()>>>(a, each);
  require_launched("a norm with its sum");
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
  Tensor table;
  with_type(type, [&]<class T>(T) {
    SumArguments<T> a{};
    a.x = data_of<T>(call.x);
    a.rows = call.x.dim(0);
    a.width = static_cast<int>(call.x.dim(1));
    a.next_eps = call.next.eps;
    a.next_weight = Factors::of(next_weight);
    a.scale = Factors::of(call.next.factors);
    a.ends = SequenceEnds::of(call.sequences, call.x.device(), table);
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
    const newbie::cuda::Context& context = newbie::cuda::context_of(call.x.device());
    const cudaStream_t stream = context.stream();
    if (packs && stays(a)) return launch_staying<T, kAdds, kCodes>(a, context);
    if (packs) return launch<T, kPack<T>, kMostPacks, kAdds, kCodes>(a, stream);
    launch<T, 1, kMostPacks, kAdds, kCodes>(a, stream);
  });
}

std::string declines(const Tensor& x) {
  constexpr int64_t kWidest = int64_t{32} * kMostWarpsPerRow * kMostPacks;
  return x.dim(1) > kWidest ? "rows wider than " + std::to_string(kWidest) : "";
}

}  // namespace

std::string sum_and_norm_declines(const AlsoOut&, const Tensor& x, const Tensor&,
                                  const ModulatedNorm&, const ModulatedNorm&, const Packing&) {
  return declines(x);
}

void sum_and_norm(Tensor& sum, const AlsoOut& normed, const Tensor& x, const Tensor& branch,
                  const ModulatedNorm& added, const ModulatedNorm& next, const Packing& sequences) {
  run<true, false>({sum, normed.tensor, {}, {}, x, branch, &added, next, sequences});
}

std::string sum_and_norm_to_f8_declines(const AlsoOut&, const AlsoOut&, const Tensor& x,
                                        const Tensor&, const ModulatedNorm&, const ModulatedNorm&,
                                        const Packing&) {
  return declines(x);
}

void sum_and_norm_to_f8(Tensor& sum, const AlsoOut& codes, const AlsoOut& scales, const Tensor& x,
                        const Tensor& branch, const ModulatedNorm& added, const ModulatedNorm& next,
                        const Packing& sequences) {
  run<true, true>({sum, {}, codes.tensor, scales.tensor, x, branch, &added, next, sequences});
}

std::string rms_norm_modulate_to_f8_declines(const AlsoOut&, const Tensor& x, const Tensor&,
                                             const float&, const Tensor&, const Packing&) {
  return declines(x);
}

void rms_norm_modulate_to_f8(Tensor& codes, const AlsoOut& scales, const Tensor& x,
                             const Tensor& weight, const float& eps, const Tensor& scale,
                             const Packing& sequences) {
  run<false, true>({{}, {}, codes, scales.tensor, x, {}, nullptr, {weight, eps, scale}, sequences});
}

}  // namespace newbie::ops::cuda
