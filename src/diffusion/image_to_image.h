#pragma once
/// Starting from an image instead of noise, and keeping parts of it.

#include "diffusion/flow.h"
#include "diffusion/schedule.h"

namespace newbie::diffusion {

/// The part of a schedule that image-to-image runs: its last round(strength * steps) steps, at
/// least one. Sampling starts at that schedule's sigma(0), so strength 1 is the whole schedule and
/// forgets the image where sigma(0) = 1. Error: `request.strength` outside (0,1].
Schedule schedule_for_strength(const Schedule& full, double strength);

/// Keeps the image outside of a mask: after each step
/// x = mask * x + (1 - mask) * (sigma * noise + (1 - sigma) * latent).
struct Inpainting {
  Tensor mask;    ///< 1 = paint, 0 = keep, between = blend. [B,C,h,w] like x, f32
  Tensor latent;  ///< what is kept, shaped like x
  Tensor noise;   ///< the noise x started from

  /// x with the kept part put back at a noise level.
  Tensor apply(const Tensor& x, double sigma) const;
};

}  // namespace newbie::diffusion
