#include "ops/cuda/backward.h"
#include "ops/cuda/inputs.h"
#include "ops/cuda/slopes.h"

namespace newbie::ops::cuda {
namespace {

/// Of {dy, x}.
template <Activation kActivation>
struct Slope {
  __device__ float operator()(const float (&in)[2]) const {
    return in[0] * slope<kActivation>(in[1]);
  }
};
/// Both slopes of act(gate) * up: what they share is read once.
template <class T, int kWidth, Activation kActivation>
__global__ void __launch_bounds__(kMapThreads)
    gate_slopes_kernel(T* d_gate, T* d_up, const T* dy, const T* gate, const T* up, int64_t count) {
  const int64_t i = (int64_t{blockIdx.x} * kMapThreads + threadIdx.x) * kWidth;
  if (i >= count) return;
  const int64_t n = count - i;
  const auto slopes = read<kWidth>(dy + i, n), gates = read<kWidth>(gate + i, n),
             ups = read<kWidth>(up + i, n);
  Pack<T, kWidth> of_gate, of_up;
#pragma unroll
  for (int k = 0; k < kWidth; ++k) {
    const float g = wide(gates.value[k]), d = wide(slopes.value[k]);
    of_gate.value[k] = narrow<T>(d * wide(ups.value[k]) * slope_in<T, kActivation>(g));
    of_up.value[k] = narrow<T>(d * activated_in<T, kActivation>(g));
  }
  write<kWidth>(d_gate + i, of_gate, n);
  write<kWidth>(d_up + i, of_up, n);
}

template <class T, int kWidth, Activation kActivation>
void gate_slopes(Tensor& d_gate, Tensor d_up, const Tensor& dy, const Tensor& gate,
                 const Tensor& up) {
  const int64_t blocks = divided_up(dy.numel(), int64_t{kMapThreads} * kWidth);
  gate_slopes_kernel<T, kWidth, kActivation>
      <<<static_cast<unsigned>(blocks), kMapThreads, 0, newbie::cuda::stream_of(dy.device())>>>(
          data_of<T>(d_gate), data_of<T>(d_up), data_of<T>(dy), data_of<T>(gate), data_of<T>(up),
          dy.numel());
  require_launched("gated_backward");
}

struct ClampSlope {
  float low, high;
  __device__ float operator()(const float (&in)[2]) const {
    return in[1] >= low && in[1] <= high ? in[0] : 0.0f;
  }
};
struct SumOfTwo {
  __device__ float operator()(const float (&in)[2]) const { return in[0] + in[1]; }
};

template <class T>
__global__ void scale_kernel(T* rows, const float* scales, int64_t count, int64_t width) {
  const int64_t i = int64_t{blockIdx.x} * kMapThreads + threadIdx.x;
  if (i < count) rows[i] = narrow<T>(wide(rows[i]) * scales[i / width]);
}

}  // namespace

void scale_rows(Tensor& rows, const Tensor& scales) {
  if (rows.numel() == 0) return;
  with_type(rows.dtype(), [&]<class T>(T) {
    scale_kernel<<<static_cast<unsigned>(divided_up(rows.numel(), kMapThreads)), kMapThreads, 0,
                   newbie::cuda::stream_of(rows.device())>>>(
        data_of<T>(rows), data_of<float>(scales), rows.numel(), rows.dim(-1));
  });
  require_launched("scaling rows");
}

void activate_backward(Tensor& dx, const Tensor& dy, const Tensor& x,
                       const Activation& activation) {
  with_type(x.dtype(), [&]<class T>(T) {
    with_activation(activation, [&]<class Tag>(Tag) {
      map_inputs<T, 2>(dx, {&dy, &x}, Slope<Tag::kValue>{}, "activate_backward");
    });
  });
}

void gated_backward(Tensor& d_gate, const Tensor& d_up, const Tensor& dy, const Tensor& gate,
                    const Tensor& up, const Activation& activation) {
  if (dy.numel() == 0) return;
  const bool packs = aligned({d_gate.raw(), d_up.raw(), dy.raw(), gate.raw(), up.raw()});
  with_type(dy.dtype(), [&]<class T>(T) {
    with_activation(activation, [&]<class Tag>(Tag) {
      if (packs) return gate_slopes<T, kPack<T>, Tag::kValue>(d_gate, d_up, dy, gate, up);
      gate_slopes<T, 1, Tag::kValue>(d_gate, d_up, dy, gate, up);
    });
  });
}

void clamp_backward(Tensor& dx, const Tensor& dy, const Tensor& x, const float& low,
                    const float& high) {
  with_type(x.dtype(), [&]<class T>(T) {
    map_inputs<T, 2>(dx, {&dy, &x}, ClampSlope{low, high}, "clamp_backward");
  });
}

void add_to(Tensor& sum, const Tensor& part) {
  with_type(sum.dtype(), [&]<class T>(T) {
    map_inputs<T, 2>(sum, {&sum, &part}, SumOfTwo{}, "add_to");
  });
}

}  // namespace newbie::ops::cuda
