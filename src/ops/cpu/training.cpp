#include "ops/cpu/training.h"

#include <cmath>

#include "base/parallel.h"

namespace newbie::ops::cpu {
namespace {

constexpr int64_t kGrain = 1 << 14;  // a multiple of the four values that are made together

}  // namespace

void normal_noise(Tensor& y, const NoiseKey& key) {
  float* values = y.mutable_data<float>();
  parallel_ranges(y.device().threads(), y.numel(), kGrain, [&](int64_t begin, int64_t end) {
    fill_normal(key, static_cast<uint64_t>(begin),
                {values + begin, static_cast<size_t>(end - begin)});
  });
}

void blend_rows(Tensor& y, const Tensor& x, const std::vector<float>& of_x, const Tensor& z,
                const std::vector<float>& of_z) {
  if (y.numel() == 0) return;
  const int64_t each = y.numel() / y.dim(0);
  const float *a = x.data<float>(), *b = z.data<float>();
  float* to = y.mutable_data<float>();
  parallel_for(y.device().threads(), y.dim(0), [&](int64_t row) {
    const float u = of_x[static_cast<size_t>(row)], v = of_z[static_cast<size_t>(row)];
    for (int64_t i = row * each; i < (row + 1) * each; ++i) {
      to[i] = std::fma(u, a[i], v * b[i]);
    }
  });
}

}  // namespace newbie::ops::cpu
