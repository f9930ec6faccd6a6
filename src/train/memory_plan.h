#pragma once
/// What a run takes of its device, before anything of it is loaded: its own objective goes through
/// its first passes on a device that only plans (ADR 0200).

#include <optional>

#include "tensor/device.h"
#include "tensor/memory.h"
#include "train/data/arranged.h"
#include "train/recipe/recipe.h"

namespace newbie::train {

/// What a run of a recipe takes of a kind of device, and whether that can be had.
struct MemoryPlan {
  DeviceKind kind = DeviceKind::cpu;
  MemoryReport report;
  uint64_t needed = 0;                ///< bytes in use at once, at most
  std::optional<uint64_t> available;  ///< bytes that can be had; nothing where no device was asked

  bool fits() const { return !available || needed <= *available; }
};

/// Whether the memory of such runs can be planned: that of `lora` and `full`.
bool can_plan(Kind kind);

/// Of a run over these pictures, from encoding them to samples and moving averages. Every batch is
/// taken to be the heaviest one: pictures of the largest bucket with the longest captions, for
/// which 4096 of the run's are read, evenly spread, and of those that never end the more of 256 and
/// one group of batches. Latents are taken to be encoded, even if a cache has them. What the driver
/// keeps is not in it, nor what writing states and the result takes. `device` may be one that only
/// plans; of others the memory that can be had is told. Of weights only headers are read, no
/// picture is. Errors: those of loading; `recipe.*`.
MemoryPlan plan_memory(const Recipe& recipe, const Resolutions& examples, const Device& device);

/// Error: `memory.too_small` when the plan does not fit.
void require_memory(const MemoryPlan& plan, const Recipe& recipe);

/// The sentence of that error: what the run needs and what can be had.
std::string shortage_of(const MemoryPlan& plan, const Recipe& recipe);

}  // namespace newbie::train
