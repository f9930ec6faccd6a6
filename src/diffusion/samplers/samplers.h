#pragma once
/// What the table of samplers is made from: one maker per family.

#include <array>
#include <memory>
#include <span>

#include "diffusion/sampler.h"

namespace newbie::diffusion {

/// Coefficients of an explicit Runge-Kutta method: stage i sits at `nodes[i]` of the step and
/// starts from x plus the sum of weights[i][j] times earlier slopes; `result` weighs all slopes.
struct Tableau {
  int stages;
  std::array<double, 4> nodes;
  std::array<std::array<double, 4>, 4> weights;
  std::array<double, 4> result;
};

extern const Tableau kEuler;
extern const Tableau kMidpoint;
extern const Tableau kHeun2;
extern const Tableau kHeun3;
extern const Tableau kRk4;

/// Runs `method`; the step that ends at sigma 0 runs `final_method`.
std::unique_ptr<Sampler> make_runge_kutta(const Tableau& method, const Tableau& final_method);

/// How the second-order correction of DPM-Solver++ is weighed. `native` weighs as midpoint and
/// predicts the image through the noise, (x - sigma noise) / (1 - sigma), which loses digits near
/// pure noise just as upstream does.
enum class DpmForm : uint8_t { midpoint, heun, native };

/// DPM-Solver++ 2M in the log signal-to-noise ratio of the flow. Source: model specification 7.3,
/// 7.6.
std::unique_ptr<Sampler> make_dpmpp_2m(DpmForm form);

/// The same idea with ComfyUI's clock, -ln sigma. Source: model specification 7.8.
std::unique_ptr<Sampler> make_dpmpp_2m_comfy();

/// Source: model specification 7.8.
std::unique_ptr<Sampler> make_res_multistep();
std::unique_ptr<Sampler> make_euler_ancestral(const SamplerOptions& options);
std::unique_ptr<Sampler> make_er_sde(const SamplerOptions& options);

}  // namespace newbie::diffusion
