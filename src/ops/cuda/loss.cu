#include "ops/cuda/backward.h"
#include "ops/cuda/inputs.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;
/// Elements that one block adds up: results do not depend on the device.
constexpr int64_t kPiece = 16384;

/// Sum over the block in a fixed order; the first thread gets it.
__device__ double sum_over_block(double value) {
  __shared__ double parts[kThreads / 32];
  value = sum_over_lanes(value);
  if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = value;
  __syncthreads();
  double total = 0;
  if (threadIdx.x == 0) {
    for (double part : parts) total += part;
  }
  return total;
}

template <class T, class Term>
__global__ void terms_kernel(double* parts, const T* a, const T* b, int64_t count, Term term) {
  const int64_t begin = int64_t{blockIdx.x} * kPiece, end = min(begin + kPiece, count);
  double sum = 0;
  for (int64_t i = begin + threadIdx.x; i < end; i += kThreads) {
    sum += term(static_cast<double>(wide(a[i])), static_cast<double>(wide(b[i])));
  }
  sum = sum_over_block(sum);
  if (threadIdx.x == 0) parts[blockIdx.x] = sum;
}

__global__ void finish_kernel(float* y, const double* parts, int64_t count, double share) {
  double sum = 0;
  for (int64_t i = threadIdx.x; i < count; i += kThreads) sum += parts[i];
  sum = sum_over_block(sum);
  if (threadIdx.x == 0) *y = static_cast<float>(sum * share);
}

Tensor doubles(int64_t count, const Device& device) {
  const MemoryScope scope(device, MemoryUse::workspace);
  return Tensor::empty({count}, DType::f64, device);
}

void finish(Tensor& y, const Tensor& parts, double share) {
  finish_kernel<<<1, kThreads, 0, newbie::cuda::stream_of(y.device())>>>(
      data_of<float>(y), data_of<double>(parts), parts.numel(), share);
  require_launched("a loss");
}

/// y = mean of term(a, b).
template <class Term>
void mean_of(Tensor& y, const Tensor& a, const Tensor& b, const Term& term) {
  const int64_t pieces = divided_up(a.numel(), kPiece);
  Tensor parts = doubles(pieces, y.device());
  with_type(a.dtype(), [&]<class T>(T) {
    terms_kernel<<<static_cast<unsigned>(pieces), kThreads, 0,
                   newbie::cuda::stream_of(y.device())>>>(data_of<double>(parts), data_of<T>(a),
                                                          data_of<T>(b), a.numel(), term);
  });
  finish(y, parts, 1.0 / static_cast<double>(a.numel()));
}

struct Rho {
  Distance distance;
  double delta;
  __device__ double operator()(double a, double b) const {
    const double size = fabs(a - b);
    if (distance == Distance::absolute) return size;
    if (distance == Distance::squared) return size * size;
    return size <= delta ? size * size / 2 : delta * (size - delta / 2);
  }
};
struct RhoSlope {
  const float* dy;
  float share;
  Distance distance;
  float delta;
  __device__ float operator()(const float (&in)[2]) const {
    const float d = in[0] - in[1], g = *dy * share;
    if (distance == Distance::squared) return 2.0f * g * d;
    if (distance == Distance::huber && fabsf(d) <= delta) return g * d;
    const float size = distance == Distance::huber ? delta * g : g;
    return d > 0.0f ? size : d < 0.0f ? -size : 0.0f;
  }
};
struct Divergence {
  __device__ double operator()(double m, double v) const {
    return (m * m + exp(v) - 1.0 - v) / 2.0;
  }
};
struct DivergenceOfMean {
  const float* dy;
  float share;
  __device__ float operator()(const float (&in)[1]) const { return *dy * share * in[0]; }
};
struct DivergenceOfLogvar {
  const float* dy;
  float share;
  __device__ float operator()(const float (&in)[1]) const {
    return *dy * share * 0.5f * expm1f(in[0]);
  }
};
struct Sample {
  __device__ float operator()(const float (&in)[3]) const {
    return fmaf(expf(in[1] / 2.0f), in[2], in[0]);
  }
};
struct SampleSlope {
  __device__ float operator()(const float (&in)[3]) const {
    return in[0] * expf(in[1] / 2.0f) * in[2] / 2.0f;
  }
};

/// log(sum(exp(row))) by a warp; every lane gets it.
template <class T>
__device__ float log_total(const T* row, int64_t width) {
  float highest = -INFINITY;
  for (int64_t c = threadIdx.x; c < width; c += 32) highest = fmaxf(highest, wide(row[c]));
  for (int step = 16; step > 0; step /= 2) {
    highest = fmaxf(highest, __shfl_xor_sync(~0u, highest, step));
  }
  float total = 0.0f;
  for (int64_t c = threadIdx.x; c < width; c += 32) total += expf(wide(row[c]) - highest);
  return highest + logf(sum_over_lanes(total));
}

/// A warp per row: its loss, 0 without a label.
template <class T>
__global__ void entropy_kernel(double* parts, const T* x, const int32_t* labels, int64_t rows,
                               int64_t width) {
  const int64_t row = int64_t{blockIdx.x} * 8 + threadIdx.y;
  if (row >= rows) return;
  const int32_t label = labels[row];
  const float total = log_total(x + row * width, width);
  if (threadIdx.x == 0) {
    parts[row] = label < 0 ? 0.0 : static_cast<double>(total - wide(x[row * width + label]));
  }
}

template <class T>
__global__ void entropy_backward_kernel(T* dx, const float* dy, const T* x, const int32_t* labels,
                                        int64_t rows, int64_t width, float share) {
  const int64_t row = int64_t{blockIdx.x} * 8 + threadIdx.y;
  if (row >= rows) return;
  const int32_t label = labels[row];
  const float total = log_total(x + row * width, width), g = *dy * share;
  for (int64_t c = threadIdx.x; c < width; c += 32) {
    const float weight = expf(wide(x[row * width + c]) - total);
    dx[row * width + c] = narrow<T>(label < 0 ? 0.0f : g * (weight - (c == label ? 1.0f : 0.0f)));
  }
}

Tensor on_device(const std::vector<int32_t>& labels, const Device& device) {
  const MemoryScope scope(device, MemoryUse::workspace);
  return Tensor::from<int32_t>(labels, Shape{static_cast<int64_t>(labels.size())}, device);
}

double share_of(const std::vector<int32_t>& labels) {
  int64_t count = 0;
  for (int32_t label : labels) count += label >= 0 ? 1 : 0;
  return 1.0 / static_cast<double>(count > 0 ? count : 1);
}

float share_of(const Tensor& x) { return 1.0f / static_cast<float>(x.numel()); }

}  // namespace

void mean_distance(Tensor& y, const Tensor& x, const Tensor& target, const Distance& distance,
                   const float& delta) {
  mean_of(y, x, target, Rho{distance, static_cast<double>(delta)});
}

void mean_distance_backward(Tensor& dx, const Tensor& dy, const Tensor& x, const Tensor& target,
                            const Distance& distance, const float& delta) {
  with_type(x.dtype(), [&]<class T>(T) {
    map_inputs<T, 2>(dx, {&x, &target}, RhoSlope{data_of<float>(dy), share_of(x), distance, delta},
                     "mean_distance_backward");
  });
}

void cross_entropy(Tensor& y, const Tensor& x, const std::vector<int32_t>& labels) {
  const Tensor of_rows = on_device(labels, y.device());
  Tensor parts = doubles(x.dim(0), y.device());
  with_type(x.dtype(), [&]<class T>(T) {
    entropy_kernel<<<static_cast<unsigned>(divided_up(x.dim(0), 8)), dim3(32, 8), 0,
                     newbie::cuda::stream_of(y.device())>>>(
        data_of<double>(parts), data_of<T>(x), data_of<int32_t>(of_rows), x.dim(0), x.dim(1));
  });
  finish(y, parts, share_of(labels));
}

void cross_entropy_backward(Tensor& dx, const Tensor& dy, const Tensor& x,
                            const std::vector<int32_t>& labels) {
  const Tensor of_rows = on_device(labels, dx.device());
  with_type(x.dtype(), [&]<class T>(T) {
    entropy_backward_kernel<<<static_cast<unsigned>(divided_up(x.dim(0), 8)), dim3(32, 8), 0,
                              newbie::cuda::stream_of(dx.device())>>>(
        data_of<T>(dx), data_of<float>(dy), data_of<T>(x), data_of<int32_t>(of_rows), x.dim(0),
        x.dim(1), static_cast<float>(share_of(labels)));
  });
  require_launched("cross_entropy_backward");
}

void normal_divergence(Tensor& y, const Tensor& mean, const Tensor& logvar) {
  mean_of(y, mean, logvar, Divergence{});
}

void normal_divergence_backward(Tensor& d_mean, const Tensor& d_logvar, const Tensor& dy,
                                const Tensor& mean, const Tensor& logvar) {
  const float* g = data_of<float>(dy);
  with_type(mean.dtype(), [&]<class T>(T) {
    map_inputs<T, 1>(d_mean, {&mean}, DivergenceOfMean{g, share_of(mean)}, "normal_divergence");
    map_inputs<T, 1>(d_logvar, {&logvar}, DivergenceOfLogvar{g, share_of(mean)},
                     "normal_divergence");
  });
}

void sample_normal(Tensor& y, const Tensor& mean, const Tensor& logvar, const Tensor& noise) {
  with_type(mean.dtype(), [&]<class T>(T) {
    map_inputs<T, 3>(y, {&mean, &logvar, &noise}, Sample{}, "sample_normal");
  });
}

void sample_normal_backward(Tensor& d_logvar, const Tensor& dy, const Tensor& logvar,
                            const Tensor& noise) {
  with_type(dy.dtype(), [&]<class T>(T) {
    map_inputs<T, 3>(d_logvar, {&dy, &logvar, &noise}, SampleSlope{}, "sample_normal");
  });
}

}  // namespace newbie::ops::cuda
