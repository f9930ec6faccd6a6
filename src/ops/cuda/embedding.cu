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

}  // namespace

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
