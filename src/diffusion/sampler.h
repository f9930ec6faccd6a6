#pragma once
/// Ways to follow the flow from one noise level to the next.

#include <functional>
#include <memory>
#include <span>
#include <string_view>

#include "diffusion/schedule.h"
#include "tensor/tensor.h"

namespace newbie::diffusion {

/// What a sampler sees of one step.
struct Step {
  int index;     ///< zero-based
  int steps;     ///< of the whole schedule
  double sigma;  ///< noise level of x
  double next;   ///< noise level to reach
  /// Velocity at x and a noise level in [next, sigma], in the type of x.
  std::function<Tensor(const Tensor& x, double sigma)> velocity;
  /// Fresh standard normal values shaped like x; stochastic samplers only.
  std::function<Tensor()> noise;
};

/// Options of stochastic samplers.
struct SamplerOptions {
  double eta = 1;          ///< how much of the noise is renewed, 0 = deterministic
  double noise_scale = 1;  ///< strength of the fresh noise
};

/// Follows one run: multistep samplers remember earlier steps, so each run makes its own.
class Sampler {
 public:
  virtual ~Sampler() = default;
  /// x at step.next.
  virtual Tensor step(const Tensor& x, const Step& step) = 0;
};

/// One row of the table of samplers: what help, docs, requests and time estimates know about it.
struct SamplerInfo {
  std::string_view name;
  std::string_view sentence;
  int evaluations;        ///< velocities per step
  int final_evaluations;  ///< velocities of the step that ends at sigma 0
  bool stochastic;
  std::unique_ptr<Sampler> (*make)(const SamplerOptions& options);
};

/// All samplers, the default first.
std::span<const SamplerInfo> samplers();

/// Error: `request.unknown_sampler`, with the name that was probably meant.
const SamplerInfo& sampler_named(std::string_view name);

/// Velocities that a whole run asks for.
int evaluations(const SamplerInfo& sampler, const Schedule& schedule);

}  // namespace newbie::diffusion
