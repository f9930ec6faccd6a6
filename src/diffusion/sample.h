#pragma once
/// The loop over the steps: what every sampler shares.

#include <functional>
#include <optional>
#include <vector>

#include "diffusion/flow.h"
#include "diffusion/image_to_image.h"
#include "diffusion/sampler.h"
#include "tensor/rng.h"

namespace newbie::diffusion {

/// Where stochastic samplers take their noise from: one generator per image.
struct SamplerNoise {
  RngKind kind = RngKind::newbie;
  std::vector<uint64_t> seeds;  ///< the seed of each image
  CudaLayout cuda;
};

/// How a field is followed from noise to a latent.
struct SampleSettings {
  Schedule schedule;
  std::string_view sampler;  ///< a name of samplers()
  SamplerOptions options;
  SamplerNoise noise;
  std::optional<Inpainting> inpainting;
  /// Called before `sampling.not_finite` is thrown: whoever made the velocity may throw an error
  /// that says more. May be empty.
  std::function<void()> explain = {};
};

/// State after a step.
struct Progress {
  int step;                ///< steps done
  int steps;               ///< steps in all
  double sigma;            ///< noise level of x
  const Tensor& x;         ///< the latent so far
  const Tensor& at;        ///< where the step's first velocity was asked for
  const Tensor& velocity;  ///< that velocity
  double at_sigma;         ///< and its noise level

  /// The image that the step's first velocity pointed at: what previews show.
  Tensor denoised() const;
};

/// Follows the schedule from x, which is at sigma(0), to the image. `on_step` runs after each step.
/// Errors: `request.cancelled` between steps and evaluations; `sampling.not_finite` naming the
/// step, at the latest when all are done; `request.unknown_sampler`.
Tensor sample(const Tensor& x, const SampleSettings& settings, const Velocity& velocity,
              const std::function<void(const Progress&)>& on_step = {});

}  // namespace newbie::diffusion
