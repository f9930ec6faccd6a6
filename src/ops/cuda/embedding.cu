#include <algorithm>
#include <cmath>

#include "ops/cuda/conversion.h"
#include "ops/cuda/embedding.h"
#include "ops/cuda/memory_access.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kThreads = 256;

template <class From, class To>
__global__ void embedding_kernel(To* y, const From* table, const int32_t* ids, int64_t width,
                                 float scale) {
  const From* row = table + ids[blockIdx.x] * width;
  for (int64_t d = threadIdx.x; d < width; d += kThreads) {
    y[blockIdx.x * width + d] = element_of<To>(value_of(row[d]) * scale);
  }
}

/// Times of one launch, by value: a launch needs no memory of its own.
struct Times {
  static constexpr int kMost = 256;
  float t[kMost] = {};
};

template <class T>
__global__ void sinusoids_kernel(T* y, const __grid_constant__ Times times, int64_t count,
                                 float log_base) {
  y += int64_t{blockIdx.x} * 2 * count;
  for (int64_t j = threadIdx.x; j < count; j += kThreads) {
    const float frequency = expf(-log_base * static_cast<float>(j) / static_cast<float>(count));
    const float angle = times.t[blockIdx.x] * frequency;
    y[j] = narrow<T>(cosf(angle));
    y[j + count] = narrow<T>(sinf(angle));
  }
}

}  // namespace

void sinusoids(Tensor& y, const std::span<const float>& t, const int64_t& count,
               const float& base) {
  for (size_t first = 0; first < t.size(); first += Times::kMost) {
    const auto part = t.subspan(first, std::min<size_t>(Times::kMost, t.size() - first));
    Times times;
    std::ranges::copy(part, times.t);
    with_type(y.dtype(), [&]<class T>(T) {
      sinusoids_kernel<T><<<static_cast<unsigned>(part.size()), kThreads, 0,
                            newbie::cuda::stream_of(y.device())>>>(
          data_of<T>(y) + static_cast<int64_t>(first) * 2 * count, times, count, std::log(base));
    });
  }
  require_launched("sinusoids");
}

void embedding(Tensor& y, const Tensor& table, const std::span<const int32_t>& ids,
               const float& scale) {
  if (y.numel() == 0) return;
  const Tensor rows = Tensor::from(ids, {static_cast<int64_t>(ids.size())}, y.device());
  with_floating(table.dtype(), [&]<class From>(From) {
    with_type(y.dtype(), [&]<class To>(To) {
      embedding_kernel<<<static_cast<unsigned>(ids.size()), kThreads, 0,
                         newbie::cuda::stream_of(y.device())>>>(
          data_of<To>(y), data_of<From>(table), data_of<int32_t>(rows), table.dim(1), scale);
    });
  });
  require_launched("embedding");
}

}  // namespace newbie::ops::cuda
