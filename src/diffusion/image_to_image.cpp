#include "diffusion/image_to_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "ops/elementwise.h"

namespace newbie::diffusion {

Schedule schedule_for_strength(const Schedule& full, double strength) {
  if (!(strength > 0 && strength <= 1)) {
    throw Error("request.strength",
                fmt::format("strength is {}, expected a number above 0, at most 1", strength));
  }
  const int steps = static_cast<int>(std::lround(strength * full.steps()));
  return full.last(std::clamp(steps, 1, full.steps()));
}

Tensor Inpainting::apply(const Tensor& x, double sigma) const {
  const Tensor paint = ops::cast(mask, x.dtype());
  const Tensor keep = ops::affine(paint, -1, 1);
  const Tensor kept = ops::cast(add_noise(latent, noise, sigma), x.dtype());
  return ops::add(ops::gated(paint, x, ops::Activation::none),
                  ops::gated(keep, kept, ops::Activation::none));
}

}  // namespace newbie::diffusion
