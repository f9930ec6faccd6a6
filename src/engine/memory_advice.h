#pragma once
/// What fits where, as people ask for it: a request under every policy, on cards of usual sizes.

#include <string>
#include <string_view>
#include <vector>

#include "engine/memory_plan.h"
#include "tensor/device_list.h"

namespace newbie::engine {

/// A device and what it can do with a request.
struct Fit {
  std::string name;   ///< "12 GB card", "cuda:0 (NVIDIA H100), 78.9 GiB free"
  std::string flags;  ///< what to write; "" where nothing is needed or nothing helps
  uint64_t needed = 0;
  bool fits = false;
};

/// The plans of a request, and what usual cards can do with them.
struct MemoryAdvice {
  std::vector<MemoryPlan> plans;  ///< one for each policy, the VAE's tiles as large as can be
  std::vector<Fit> cards;
};

/// Error: those of plan_memory.
MemoryAdvice advise(const MemoryQuestion& question);

/// How the request runs on an NVIDIA device with this memory.
Fit fit_of(MemoryPlanner& planner, std::string name, const HardwareMemory& memory,
           const std::string& offload = "auto", uint64_t limit = 0);

/// What a component's memory is called in tables: "transformer weights".
std::string title_of(Component component, MemoryUse use);

}  // namespace newbie::engine
