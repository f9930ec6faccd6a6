#include "diffusion/sampler.h"

#include <fmt/format.h>

#include <array>
#include <vector>

#include "base/error.h"
#include "diffusion/samplers/samplers.h"

namespace newbie::diffusion {
namespace {

using Made = std::unique_ptr<Sampler>;
using Options = const SamplerOptions&;

constexpr std::array<SamplerInfo, 13> kSamplers = {{
    {"euler", "One velocity per step, followed straight.", 1, 1, false,
     [](Options) -> Made { return make_runge_kutta(kEuler, kEuler); }},
    {"heun",
     "Averages the velocities at both ends of a step, Euler on the last (diffusers, ComfyUI).", 2,
     1, false, [](Options) -> Made { return make_runge_kutta(kHeun2, kEuler); }},
    {"heun2", "Averages the velocities at both ends of every step (upstream).", 2, 2, false,
     [](Options) -> Made { return make_runge_kutta(kHeun2, kHeun2); }},
    {"heun3", "Heun's third-order method (upstream).", 3, 3, false,
     [](Options) -> Made { return make_runge_kutta(kHeun3, kHeun3); }},
    {"midpoint", "Follows the velocity at the middle of a step (upstream's demo).", 2, 2, false,
     [](Options) -> Made { return make_runge_kutta(kMidpoint, kMidpoint); }},
    {"rk4", "Fourth-order Runge-Kutta, the 3/8 rule (upstream).", 4, 4, false,
     [](Options) -> Made { return make_runge_kutta(kRk4, kRk4); }},
    {"dpmpp_2m", "DPM-Solver++ of second order for flows, reuses the step before (diffusers).", 1,
     1, false, [](Options) -> Made { return make_dpmpp_2m(DpmForm::midpoint); }},
    {"dpmpp_2m_heun", "dpmpp_2m with the Heun form of its correction (diffusers).", 1, 1, false,
     [](Options) -> Made { return make_dpmpp_2m(DpmForm::heun); }},
    {"dpmpp_2m_native",
     "dpmpp_2m with the rounding of upstream's own code, for comparing pictures.", 1, 1, false,
     [](Options) -> Made { return make_dpmpp_2m(DpmForm::native); }},
    {"dpmpp_2m_comfy", "dpmpp_2m on the clock that ComfyUI uses for every model.", 1, 1, false,
     [](Options) -> Made { return make_dpmpp_2m_comfy(); }},
    {"res_multistep", "Exponential integrator of second order, reuses the step before (ComfyUI).",
     1, 1, false, [](Options) -> Made { return make_res_multistep(); }},
    {"euler_ancestral", "Euler that renews part of the noise at every step (ComfyUI).", 1, 1, true,
     [](Options options) -> Made { return make_euler_ancestral(options); }},
    {"er_sde", "Extended reverse-time equation of third order, with fresh noise (ComfyUI).", 1, 1,
     true, [](Options options) -> Made { return make_er_sde(options); }},
}};

}  // namespace

std::span<const SamplerInfo> samplers() { return kSamplers; }

const SamplerInfo& sampler_named(std::string_view name) {
  std::vector<std::string_view> names;
  for (const SamplerInfo& sampler : kSamplers) {
    if (sampler.name == name) return sampler;
    names.push_back(sampler.name);
  }
  const std::string meant = did_you_mean(name, names);
  throw Error("request.unknown_sampler", fmt::format("there is no sampler \"{}\"", name))
      .hint(meant.empty() ? fmt::format("samplers are {}", fmt::join(names, ", "))
                          : fmt::format("did you mean \"{}\"?", meant));
}

int evaluations(const SamplerInfo& sampler, const Schedule& schedule) {
  return sampler.evaluations * (schedule.steps() - 1) + sampler.final_evaluations;
}

}  // namespace newbie::diffusion
