#include "diffusion/flow.h"

#include "ops/elementwise.h"

namespace newbie::diffusion {

double shift_sigma(double sigma, double shift) { return shift * sigma / (1 + (shift - 1) * sigma); }

double shift_time(double t, double shift) { return t / (t + shift - shift * t); }

Tensor denoised(const Tensor& x, const Tensor& velocity, double sigma) {
  return ops::combine({{1.0f, x}, {static_cast<float>(sigma), velocity}});
}

Tensor add_noise(const Tensor& data, const Tensor& noise, double sigma) {
  return ops::combine({{static_cast<float>(sigma), noise}, {static_cast<float>(1 - sigma), data}});
}

}  // namespace newbie::diffusion
