#include "ops/cuda/conversion.h"
#include "ops/cuda/elementwise.h"
#include "ops/cuda/map.h"

namespace newbie::ops::cuda {
namespace {

constexpr int kCastWidth = 8;

template <class From, class To>
struct Cast {
  const From* x;

  template <int kWidth>
  __device__ Pack<From, kWidth> read(int64_t i, int64_t n) const {
    return cuda::read<kWidth>(x + i, n);
  }
  template <int kWidth>
  __device__ Pack<To, kWidth> apply(const Pack<From, kWidth>& pack) const {
    Pack<To, kWidth> out;
#pragma unroll
    for (int k = 0; k < kWidth; ++k) out.value[k] = element_of<To>(value_of(pack.value[k]));
    return out;
  }
};

}  // namespace

void cast(Tensor& y, const Tensor& x, const DType& dtype) {
  const bool packs = aligned({y.raw(), x.raw()});
  with_any(x.dtype(), [&]<class From>(From) {
    with_floating(dtype, [&]<class To>(To) {
      const Cast<From, To> op{data_of<From>(x)};
      if (packs) {
        map_by<kCastWidth, To>(y, op, "cast");
      } else {
        map_by<1, To>(y, op, "cast");
      }
    });
  });
}

}  // namespace newbie::ops::cuda
