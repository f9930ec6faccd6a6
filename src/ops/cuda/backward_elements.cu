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
/// Of {dy, gate, up}.
template <Activation kActivation>
struct GateSlope {
  __device__ float operator()(const float (&in)[3]) const {
    return in[0] * in[2] * slope<kActivation>(in[1]);
  }
};
/// Of {dy, gate}.
template <Activation kActivation>
struct UpSlope {
  __device__ float operator()(const float (&in)[2]) const {
    return in[0] * activated<kActivation>(in[1]);
  }
};
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
  with_type(dy.dtype(), [&]<class T>(T) {
    with_activation(activation, [&]<class Tag>(Tag) {
      map_inputs<T, 3>(d_gate, {&dy, &gate, &up}, GateSlope<Tag::kValue>{}, "gated_backward");
      map_inputs<T, 2>(d_up, {&dy, &gate}, UpSlope<Tag::kValue>{}, "gated_backward");
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
