#include "ops/cuda/norm_rows.h"
#include "ops/cuda/rope.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 128;

/// Heads of a row side by side: `heads` that become q, `kv_heads` that become k, as many that
/// become v and are only moved.
template <class T>
struct HeadArguments {
  const T* x;
  T* q;
  T* k;
  T* v;
  const float* cos;
  const float* sin;
  int rows, heads, kv_heads, width;
  bool normed, one_plus;
  Factors q_weight, k_weight;
  float eps;

  __device__ int per_row() const { return heads + 2 * kv_heads; }
};

/// One head of one row: where it comes from, where it goes, what is done to it.
template <class T>
struct Place {
  int64_t row;
  const T* from;
  T* to;
  const Factors* weight;  ///< null when the head is only moved

  __device__ Place(const HeadArguments<T>& a, unsigned index) {
    const auto per_row = static_cast<unsigned>(a.per_row());
    row = index / per_row;
    const auto head = static_cast<int>(index % per_row);
    from = a.x + int64_t{index} * a.width;
    weight = &a.q_weight;
    if (head < a.heads) {
      to = a.q + (row * a.heads + head) * a.width;
    } else if (head < a.heads + a.kv_heads) {
      to = a.k + (row * a.kv_heads + head - a.heads) * a.width;
      weight = &a.k_weight;
    } else {
      to = a.v + (row * a.kv_heads + head - a.heads - a.kv_heads) * a.width;
      weight = nullptr;
    }
  }
};

/// x_hat with its weight, rounded where the plain op rounds.
template <class T>
__device__ inline T weighted(float x_hat, float weight, bool one_plus) {
  return one_plus ? narrow<T>(x_hat * (1.0f + weight)) : narrow<T>(wide(narrow<T>(x_hat)) * weight);
}

/// `lanes` lanes per head (a power of two), kPacks packs of 16 bytes per lane: pack p of lane l is
/// number p * lanes + l of its head. Where pairs lie half a head apart, both halves of a pair are
/// in one lane.
template <class T, bool kInterleaved, int kPacks>
__global__ void __launch_bounds__(kThreads)
    heads_kernel(const __grid_constant__ HeadArguments<T> a, int lanes, int log_lanes) {
  constexpr int kWidth = kPack<T>;
  using Number = Statistic<T>;
  const auto index =
      static_cast<unsigned>((int64_t{blockIdx.x} * kThreads + threadIdx.x) >> log_lanes);
  const int lane = threadIdx.x & (lanes - 1), half = a.width / 2;
  const bool inside = index < int64_t{a.rows} * a.per_row();
  const Place<T> place(a, inside ? index : 0);
  const auto column_of = [&](int p) { return (p * lanes + lane) * kWidth; };
  Pack<T, kWidth> packs[kPacks];
#pragma unroll
  for (int p = 0; p < kPacks; ++p) {
    packs[p] = {};
    if (inside) packs[p] = read<kWidth>(place.from + column_of(p));
  }

  // Every lane of the warp takes part in the exchanges, whatever its head needs.
  if (a.normed) {
    Number squares = 0;
#pragma unroll
    for (int p = 0; p < kPacks; ++p) {
#pragma unroll
      for (int k = 0; k < kWidth; ++k) {
        const Number value = wide(packs[p].value[k]);
        squares += value * value;
      }
    }
    const Number scale =
        inverse_root(sum_over_lanes(squares, lanes) / a.width + static_cast<Number>(a.eps));
    if (inside && place.weight) {
#pragma unroll
      for (int p = 0; p < kPacks; ++p) {
        float weight[kWidth];
        place.weight->template get<T>(column_of(p), weight);
#pragma unroll
        for (int k = 0; k < kWidth; ++k) {
          const auto x_hat = static_cast<float>(wide(packs[p].value[k]) * scale);
          packs[p].value[k] = weighted<T>(x_hat, weight[k], a.one_plus);
        }
      }
    }
  }
  if (!inside) return;
  if (place.weight) {
    if constexpr (kInterleaved) {
#pragma unroll
      for (int p = 0; p < kPacks; ++p) {
        const int64_t at = place.row * half + column_of(p) / 2;
        const auto cos = read<kWidth / 2>(a.cos + at), sin = read<kWidth / 2>(a.sin + at);
#pragma unroll
        for (int k = 0; k < kWidth / 2; ++k) {
          const float x = wide(packs[p].value[2 * k]), y = wide(packs[p].value[2 * k + 1]);
          const float c = cos.value[k], s = sin.value[k];
          packs[p].value[2 * k] = narrow<T>(x * c - y * s);
          packs[p].value[2 * k + 1] = narrow<T>(x * s + y * c);
        }
      }
    } else {
#pragma unroll
      for (int p = 0; p < kPacks / 2; ++p) {
        auto &low = packs[p], &high = packs[p + kPacks / 2];
        const int64_t at = place.row * half + column_of(p);
        float cos[kWidth], sin[kWidth];
        Factors{a.cos}.get<T>(at, cos);
        Factors{a.sin}.get<T>(at, sin);
#pragma unroll
        for (int k = 0; k < kWidth; ++k) {
          const float x = wide(low.value[k]), y = wide(high.value[k]);
          low.value[k] = narrow<T>(x * cos[k] - y * sin[k]);
          high.value[k] = narrow<T>(x * sin[k] + y * cos[k]);
        }
      }
    }
  }
#pragma unroll
  for (int p = 0; p < kPacks; ++p) write<kWidth>(place.to + column_of(p), packs[p]);
}

/// A warp per head of any even width, through shared memory.
template <class T>
__global__ void any_heads_kernel(const __grid_constant__ HeadArguments<T> a, bool interleaved) {
  using Number = Statistic<T>;
  extern __shared__ float memory[];
  float* head = memory + threadIdx.y * a.width;
  const unsigned index = blockIdx.x * blockDim.y + threadIdx.y;
  if (index >= int64_t{a.rows} * a.per_row()) return;
  const Place<T> place(a, index);
  const int lane = threadIdx.x, half = a.width / 2;
  if (!place.weight) {
    for (int i = lane; i < a.width; i += 32) place.to[i] = place.from[i];
    return;
  }
  Number squares = 0;
  for (int i = lane; i < a.width; i += 32) {
    head[i] = wide(place.from[i]);
    squares += static_cast<Number>(head[i]) * head[i];
  }
  if (a.normed) {
    const Number scale =
        inverse_root(sum_over_lanes(squares) / a.width + static_cast<Number>(a.eps));
    for (int i = lane; i < a.width; i += 32) {
      float weight[1];
      place.weight->template get<T>(i, weight);
      head[i] = wide(weighted<T>(static_cast<float>(head[i] * scale), weight[0], a.one_plus));
    }
  }
  __syncwarp();
  for (int pair = lane; pair < half; pair += 32) {
    const int i = interleaved ? 2 * pair : pair, j = interleaved ? i + 1 : i + half;
    const float c = a.cos[place.row * half + pair], s = a.sin[place.row * half + pair];
    place.to[i] = narrow<T>(head[i] * c - head[j] * s);
    place.to[j] = narrow<T>(head[i] * s + head[j] * c);
  }
}

/// How the packs of a head are dealt to lanes: few packs, so that many are under way at once, but
/// no lane without one.
struct Deal {
  int packs = 0, log_lanes = 0;  // no packs: the head cannot be dealt

  Deal(int count, bool interleaved) {
    for (; log_lanes <= 5; ++log_lanes) {
      const int lanes = 1 << log_lanes;
      if (count % lanes != 0 || count / lanes > 4) continue;
      packs = count / lanes;
      if (interleaved || packs % 2 == 0) return;
      packs = 0;
    }
  }
};

template <class T>
void launch(const HeadArguments<T>& a, RopeLayout layout, cudaStream_t stream) {
  const int64_t count = int64_t{a.rows} * (a.heads + 2 * a.kv_heads);
  if (count == 0) return;
  check(count < int64_t{1} << 31, "rope: more heads than a launch can count");
  const bool interleaved = layout == RopeLayout::interleaved;
  const Deal deal(a.width % kPack<T> == 0 ? a.width / kPack<T> : 0, interleaved);
  const auto run = [&](auto kernel) {
    const int lanes = 1 << deal.log_lanes;
    kernel<<<static_cast<unsigned>(divided_up(count * lanes, kThreads)), kThreads, 0, stream>>>(
        a, lanes, deal.log_lanes);
  };
  if (deal.packs > 0 &&
      aligned({a.x, a.q, a.k, a.v, a.cos, a.sin, a.q_weight.data, a.k_weight.data})) {
    switch (deal.packs) {
      case 1:
        run(heads_kernel<T, true, 1>);
        break;
      case 2:
        interleaved ? run(heads_kernel<T, true, 2>) : run(heads_kernel<T, false, 2>);
        break;
      case 3:
        run(heads_kernel<T, true, 3>);
        break;
      default:
        interleaved ? run(heads_kernel<T, true, 4>) : run(heads_kernel<T, false, 4>);
    }
  } else {
    const dim3 block(32, 4);
    const size_t shared = block.y * static_cast<size_t>(a.width) * sizeof(float);
    any_heads_kernel<T>
        <<<static_cast<unsigned>(divided_up(count, block.y)), block, shared, stream>>>(a,
                                                                                       interleaved);
  }
  require_launched("rope");
}

std::string head_declines(int64_t width) {
  return width <= kWidestHead
             ? ""
             : "heads wider than " + std::to_string(kWidestHead) + " do not fit shared memory";
}

/// Heads of one kind, in place order.
template <class T>
HeadArguments<T> heads_of(Tensor& y, const Tensor& x, const RopeTable& table) {
  HeadArguments<T> a{};
  a.x = data_of<T>(x);
  a.q = data_of<T>(y);
  a.cos = data_of<float>(table.cos);
  a.sin = data_of<float>(table.sin);
  a.rows = static_cast<int>(x.dim(0));
  a.heads = static_cast<int>(x.dim(1));
  a.width = static_cast<int>(x.dim(2));
  return a;
}

}  // namespace

std::string rope_declines(const Tensor& x, const RopeTable&, const RopeLayout&) {
  return head_declines(x.dim(2));
}

void rope(Tensor& y, const Tensor& x, const RopeTable& table, const RopeLayout& layout) {
  with_type(x.dtype(), [&]<class T>(T) {
    launch(heads_of<T>(y, x, table), layout, newbie::cuda::stream_of(y.device()));
  });
}

std::string rms_norm_rope_declines(const Tensor& x, const Tensor&, const float&, const RmsWeight&,
                                   const RopeTable&, const RopeLayout&) {
  return head_declines(x.dim(2));
}

void rms_norm_rope(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
                   const RmsWeight& kind, const RopeTable& table, const RopeLayout& layout) {
  const Tensor w = as_factors(weight, x.dtype());
  with_type(x.dtype(), [&]<class T>(T) {
    HeadArguments<T> a = heads_of<T>(y, x, table);
    a.normed = true;
    a.one_plus = kind == RmsWeight::one_plus;
    a.q_weight = Factors::of(w);
    a.eps = eps;
    launch(a, layout, newbie::cuda::stream_of(y.device()));
  });
}

std::string split_heads_norm_rope_declines(const Tensor&, const int64_t&, const int64_t&,
                                           const Tensor& q_weight, const Tensor&, const float&,
                                           const RopeTable&, const RopeLayout&) {
  return head_declines(q_weight.dim(0));
}

void split_heads_norm_rope(Tensor& out, const Tensor& qkv, const int64_t& heads,
                           const int64_t& kv_heads, const Tensor& q_weight, const Tensor& k_weight,
                           const float& eps, const RopeTable& table, const RopeLayout& layout) {
  const Tensor of_q = as_factors(q_weight, qkv.dtype()), of_k = as_factors(k_weight, qkv.dtype());
  with_type(qkv.dtype(), [&]<class T>(T) {
    const int64_t rows = qkv.dim(0), width = q_weight.dim(0);
    HeadArguments<T> a = heads_of<T>(out, qkv.view({rows, heads + 2 * kv_heads, width}), table);
    a.heads = static_cast<int>(heads);
    a.kv_heads = static_cast<int>(kv_heads);
    a.k = a.q + rows * heads * width;
    a.v = a.k + rows * kv_heads * width;
    a.normed = true;
    a.q_weight = Factors::of(of_q);
    a.k_weight = Factors::of(of_k);
    a.eps = eps;
    launch(a, layout, newbie::cuda::stream_of(out.device()));
  });
}

}  // namespace newbie::ops::cuda
