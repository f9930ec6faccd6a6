#pragma once
/// Classifier-free guidance: a value per image, wrapped around the network's two answers.

#include <functional>
#include <limits>
#include <string_view>
#include <vector>

#include "diffusion/flow.h"

namespace newbie::diffusion {

/// What renorm does to the guided answer g, given the conditional answer c.
enum class Renorm : uint8_t {
  off,
  clamp,  ///< g *= max_ratio |c| / |g| when |g| is larger than that; norms over the image
  width,  ///< g *= |c| / |g| for every row of the last axis (diffusers Lumina2 pipelines)
};

/// Where renorm and rescale measure. Guidance itself is the same in all of them.
enum class GuidanceSpace : uint8_t {
  velocity,     ///< the network's own answer (upstream)
  denoised,     ///< the predicted image (ComfyUI RenormCFG)
  v_prediction  ///< v of a variance-exploding model at this sigma (ComfyUI RescaleCFG)
};

/// How one image is guided: g = u + scale (c - u), then rescale, then renorm.
struct Guidance {
  double scale = 1;
  Renorm renorm = Renorm::off;
  double max_ratio = 1;  ///< of Renorm::clamp
  double rescale = 0;    ///< phi: share of g scaled to the standard deviation of c
  GuidanceSpace space = GuidanceSpace::velocity;
  /// Guided while t < until_time (strictly), so in the early, noisy part.
  double until_time = std::numeric_limits<double>::infinity();
  /// Guided while (step + 1) / steps <= until_step_ratio.
  double until_step_ratio = 1;

  /// Whether the unconditional answer is needed here. False for scale 1: half the cost.
  bool active(const FlowPoint& at) const;
};

/// Errors: `request.guidance` for values that are not finite or out of range.
void validate(const Guidance& guidance);

/// Both answers of the network.
struct Halves {
  Tensor conditional;    ///< [B,C,h,w]
  Tensor unconditional;  ///< [guided,C,h,w] in the order asked for; undefined when none was
};

/// Answers with the caption for all images of x and without it for the images listed in `guided`,
/// in one call, so that a network can pack both halves.
using GuidedField =
    std::function<Halves(const Tensor& x, const FlowPoint& at, const std::vector<int>& guided)>;

/// The velocity a sampler follows. One entry of `guidance` per image, or one for all.
Velocity guide(std::vector<Guidance> guidance, GuidedField field);

}  // namespace newbie::diffusion
