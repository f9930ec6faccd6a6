#include "engine/memory_advice.h"

#include <fmt/format.h>

#include "base/error.h"

namespace newbie::engine {
namespace {

/// Gigabytes of cards that people have.
constexpr uint64_t kCards[] = {8, 12, 16, 24, 32, 48, 80};

std::string flags_of(const MemoryPolicy& policy) {
  std::string flags = policy.offload == Offload::all ? "--offload all" : "";
  if (policy.vae_tile > 0) {
    flags += fmt::format("{}--vae-tile {}", flags.empty() ? "" : " ", policy.vae_tile);
  }
  return flags;
}

}  // namespace

Fit fit_of(MemoryPlanner& planner, std::string name, const HardwareMemory& memory,
           const std::string& offload, uint64_t limit) {
  Fit fit;
  fit.name = std::move(name);
  try {
    const MemoryPlan plan = planner.choose(offload, budget_of(memory, limit, 0));
    fit.needed = plan.needed;
    fit.flags = flags_of(plan.policy);
    fit.fits = true;
  } catch (const Error& error) {
    if (error.code() != "memory.too_small") throw;
  }
  return fit;
}

MemoryAdvice advise(const MemoryQuestion& question) {
  MemoryAdvice advice;
  MemoryPlanner planner(question);
  const int64_t tile = std::max<int64_t>(question.request.vae_tile, 0);
  if (question.kind == DeviceKind::cpu) {
    advice.plans.push_back(planner.plan({Offload::none, tile}));
    return advice;
  }
  for (const Offload offload : {Offload::none, Offload::encoders, Offload::all}) {
    advice.plans.push_back(planner.plan({offload, tile}));
  }
  for (const uint64_t card : kCards) {
    const uint64_t bytes = card << 30;
    advice.cards.push_back(fit_of(planner, fmt::format("{} GB card", card), {bytes, bytes}));
  }
  return advice;
}

std::string title_of(Component component, MemoryUse use) {
  switch (component) {
    case Component::encoder:
      return fmt::format("text encoders, {}", name_of(use));
    case Component::dit:
      return fmt::format("transformer, {}", name_of(use));
    case Component::vae:
      return fmt::format("VAE, {}", name_of(use));
    case Component::other:
      return fmt::format("shared, {}", name_of(use));
  }
  return {};
}

}  // namespace newbie::engine
