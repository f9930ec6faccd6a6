#include <cmath>

#include "ops/cuda/memory_access.h"
#include "ops/cuda/optimizer.h"

// One thread per element: neighbours read neighbours, and nothing is read twice. Bound by memory,
// and for the many small parameters of a network by the launches.

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;
constexpr int64_t kPiece = 16384;

template <class Parameter, class Gradient>
struct AdamW {
  Parameter* parameter;
  float* master;
  float* first;
  float* second;
  const Gradient* gradient;
  float rate, keep, b1, n1, b2, n2, epsilon, scale, c1, c2;

  __device__ void operator()(int64_t i) const {
    const float g = wide(gradient[i]) * scale;
    const float m = fmaf(b1, first[i], n1 * g);
    const float v = fmaf(b2, second[i], n2 * g * g);
    const float w = master ? master[i] : wide(parameter[i]);
    const float next = fmaf(w, keep, -rate * (m * c1) / (sqrtf(v * c2) + epsilon));
    first[i] = m;
    second[i] = v;
    if (master) master[i] = next;
    parameter[i] = narrow<Parameter>(next);
  }
};

template <class Parameter, class Direction>
struct Update {
  Parameter* parameter;
  float* master;
  const Direction* direction;
  float keep, scale;

  __device__ void operator()(int64_t i) const {
    const float w = master ? master[i] : wide(parameter[i]);
    const float next = fmaf(w, keep, scale * wide(direction[i]));
    if (master) master[i] = next;
    parameter[i] = narrow<Parameter>(next);
  }
};

template <class T>
struct Average {
  float* average;
  const T* x;
  float weight;

  __device__ void operator()(int64_t i) const {
    average[i] = fmaf(weight, wide(x[i]) - average[i], average[i]);
  }
};

template <class T>
struct Accumulate {
  float* sum;
  const T* x;
  float scale;

  __device__ void operator()(int64_t i) const { sum[i] = fmaf(scale, wide(x[i]), sum[i]); }
};

template <class Op>
__global__ void __launch_bounds__(kThreads) each_kernel(int64_t count, Op op) {
  const int64_t i = int64_t{blockIdx.x} * kThreads + threadIdx.x;
  if (i < count) op(i);
}

template <class Op>
void for_each_element(const Tensor& x, const Op& op, std::string_view name) {
  if (x.numel() == 0) return;
  each_kernel<<<static_cast<unsigned>(divided_up(x.numel(), kThreads)), kThreads, 0,
                newbie::cuda::stream_of(x.device())>>>(x.numel(), op);
  require_launched(name);
}

float* floats_or_null(const Tensor& tensor) {
  if (!tensor.defined()) return nullptr;
  Tensor shared = tensor;
  return data_of<float>(shared);
}

template <class T>
__global__ void squares_kernel(double* parts, const T* x, int64_t count) {
  __shared__ double lanes[kThreads / 32];
  const int64_t begin = int64_t{blockIdx.x} * kPiece, end = min(begin + kPiece, count);
  double sum = 0;
  for (int64_t i = begin + threadIdx.x; i < end; i += kThreads) {
    const double value = wide(x[i]);
    sum += value * value;
  }
  sum = sum_over_lanes(sum);
  if (threadIdx.x % 32 == 0) lanes[threadIdx.x / 32] = sum;
  __syncthreads();
  if (threadIdx.x > 0) return;
  for (int w = 1; w < kThreads / 32; ++w) sum += lanes[w];
  parts[blockIdx.x] = sum;
}

__global__ void total_kernel(double* y, const double* parts, int64_t pieces) {
  double sum = 0;
  for (int64_t p = 0; p < pieces; ++p) sum += parts[p];
  *y = sum;
}

}  // namespace

void adamw_step(Tensor& parameter, const AdamWState& state, const Tensor& gradient,
                const AdamWStep& step) {
  // Scalars are rounded once: 1 - beta2 in f32 would be off in its fifth digit.
  const auto f32 = [](double value) { return static_cast<float>(value); };
  const auto count = static_cast<double>(step.step);
  with_type(parameter.dtype(), [&]<class P>(P) {
    with_type(gradient.dtype(), [&]<class G>(G) {
      const AdamW<P, G> op{.parameter = data_of<P>(parameter),
                           .master = floats_or_null(state.master),
                           .first = floats_or_null(state.first),
                           .second = floats_or_null(state.second),
                           .gradient = data_of<G>(gradient),
                           .rate = f32(step.learning_rate),
                           .keep = f32(1 - step.learning_rate * step.weight_decay),
                           .b1 = f32(step.beta1),
                           .n1 = f32(1 - step.beta1),
                           .b2 = f32(step.beta2),
                           .n2 = f32(1 - step.beta2),
                           .epsilon = f32(step.epsilon),
                           .scale = f32(step.gradient_scale),
                           .c1 = f32(1 / (1 - std::pow(step.beta1, count))),
                           .c2 = f32(1 / (1 - std::pow(step.beta2, count)))};
      for_each_element(parameter, op, "adamw_step");
    });
  });
}

void update_step(Tensor& parameter, const Tensor& master, const Tensor& direction,
                 const float& decay, const float& scale) {
  with_type(parameter.dtype(), [&]<class P>(P) {
    with_type(direction.dtype(), [&]<class D>(D) {
      for_each_element(parameter,
                       Update<P, D>{data_of<P>(parameter), floats_or_null(master),
                                    data_of<D>(direction), 1 - decay, scale},
                       "update_step");
    });
  });
}

void average_step(Tensor& average, const Tensor& x, const float& weight) {
  with_type(x.dtype(), [&]<class T>(T) {
    for_each_element(x, Average<T>{data_of<float>(average), data_of<T>(x), weight}, "average_step");
  });
}

void accumulate_step(Tensor& sum, const Tensor& x, const float& scale) {
  with_type(x.dtype(), [&]<class T>(T) {
    for_each_element(x, Accumulate<T>{data_of<float>(sum), data_of<T>(x), scale},
                     "accumulate_step");
  });
}

void sum_of_squares(Tensor& sums, const std::vector<Tensor>& tensors) {
  const cudaStream_t stream = newbie::cuda::stream_of(sums.device());
  const MemoryScope scope(sums.device(), MemoryUse::workspace);
  int64_t most = 1;
  for (const Tensor& x : tensors) most = std::max(most, divided_up(x.numel(), kPiece));
  Tensor parts = Tensor::empty({most}, DType::f64, sums.device());
  for (size_t t = 0; t < tensors.size(); ++t) {
    const Tensor& x = tensors[t];
    const int64_t pieces = divided_up(x.numel(), kPiece);
    if (pieces > 0) {
      with_type(x.dtype(), [&]<class T>(T) {
        squares_kernel<T><<<static_cast<unsigned>(pieces), kThreads, 0, stream>>>(
            data_of<double>(parts), data_of<T>(x), x.numel());
      });
    }
    total_kernel<<<1, 1, 0, stream>>>(data_of<double>(sums) + t, data_of<double>(parts), pieces);
  }
  require_launched("sum_of_squares");
}

}  // namespace newbie::ops::cuda
