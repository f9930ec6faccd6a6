#include "diffusion/turned_noise.h"

#include <algorithm>
#include <cmath>
#include <span>
#include <vector>

#include "base/error.h"
#include "ops/transfer.h"

namespace newbie::diffusion {
namespace {

double angle_between(std::span<const float> a, std::span<const float> b) {
  double dot = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const double x = a[i], y = b[i];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return std::acos(std::clamp(dot / std::sqrt(aa * bb), -1.0, 1.0));
}

}  // namespace

Tensor turned_noise(const Tensor& from, const Tensor& to, double share) {
  check(from.shape() == to.shape() && from.dtype() == DType::f32 && to.dtype() == DType::f32,
        "turned_noise: two f32 tensors of one shape");
  if (share == 0) return from;
  if (share == 1) return to;
  const Tensor a = ops::to_host(from), b = ops::to_host(to);
  std::vector<float> out(static_cast<size_t>(a.shape().numel()));
  const size_t image = out.size() / static_cast<size_t>(a.dim(0));
  for (size_t begin = 0; begin < out.size(); begin += image) {
    const std::span<const float> x(a.data<float>() + begin, image),
        y(b.data<float>() + begin, image);
    const double angle = angle_between(x, y);
    // The same noise twice has no angle to turn by.
    const bool same = std::sin(angle) < 1e-9;
    const double keep = same ? 1 - share : std::sin((1 - share) * angle) / std::sin(angle);
    const double take = same ? share : std::sin(share * angle) / std::sin(angle);
    for (size_t i = 0; i < image; ++i) {
      out[begin + i] =
          static_cast<float>(keep * static_cast<double>(x[i]) + take * static_cast<double>(y[i]));
    }
  }
  return ops::to_device(Tensor::from<float>(out, a.shape(), a.device()), from.device());
}

}  // namespace newbie::diffusion
