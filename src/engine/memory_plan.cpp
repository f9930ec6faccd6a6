#include "engine/memory_plan.h"

#include <fmt/format.h>

#include <optional>

#include "engine/run.h"

namespace newbie::engine {
namespace {

/// Sides of tiles that are tried, in pixels; below them seams take over.
constexpr int64_t kTiles[] = {1536, 1280, 1024, 768, 512, 384, 256};

std::vector<int64_t> tiles_of(const GenerateRequest& request) {
  if (request.vae_tile >= 0) return {request.vae_tile};
  std::vector<int64_t> tiles{0};
  for (const int64_t tile : kTiles) {
    if (tile < std::max(*request.width, *request.height)) tiles.push_back(tile);
  }
  return tiles;
}

/// From the quickest to the smallest. What is used once gains nothing from staying.
std::vector<Offload> offloads_of(const std::string& name, bool keep_loaded) {
  for (const Offload offload : {Offload::none, Offload::encoders, Offload::all}) {
    if (name == name_of(offload)) return {offload};
  }
  if (keep_loaded) return {Offload::none, Offload::encoders, Offload::all};
  return {Offload::encoders, Offload::all};
}

}  // namespace

MemoryPlan plan_memory(const MemoryQuestion& question, const MemoryPolicy& policy) {
  if (question.kind == DeviceKind::cuda && !Device::built_for(DeviceKind::cuda)) {
    throw Error("device.unavailable",
                "this build knows no NVIDIA devices, so it cannot tell what they need")
        .hint("build with -DNEWBIE_CUDA=ON; no device is needed to build or to plan");
  }
  LoadedModel model(question.model,
                    Device::planning(question.kind, question.threads, question.capability));
  model.options.keep_loaded = question.keep_loaded;
  model.policy = policy;
  GenerateRequest request = question.request;
  request.vae_tile = question.kind == DeviceKind::cuda ? policy.vae_tile : request.vae_tile;
  GenerateEvents events;
  if (question.preview) events.preview = [](const Pixels&) {};
  model.prepare(request);
  MemoryPlan plan;
  plan.policy = policy;
  plan.bytes_per_pass = Run(model, request, events).rehearse(question.lengths);
  plan.report = model.device.allocator().report();
  plan.needed = plan.report.total.peak;
  return plan;
}

const MemoryPlan& MemoryPlanner::plan(const MemoryPolicy& policy) {
  for (const MemoryPlan& known : plans_) {
    if (known.policy == policy) return known;
  }
  return plans_.emplace_back(plan_memory(question_, policy));
}

MemoryPlan MemoryPlanner::choose(const std::string& offload, const MemoryBudget& budget) {
  const GenerateRequest& request = question_.request;
  const std::vector<Offload> offloads = offloads_of(offload, question_.keep_loaded);
  const std::vector<int64_t> tiles = tiles_of(request);
  const auto best = [&](int64_t tile, uint64_t bytes) -> std::optional<MemoryPlan> {
    for (const Offload candidate : offloads) {
      const MemoryPlan& found = plan({candidate, tile});
      if (found.needed <= bytes) return found;
    }
    return std::nullopt;
  };
  for (const int64_t tile : tiles) {
    if (!best(tile, budget.installed)) continue;
    if (const auto found = best(tile, budget.available)) return *found;
    break;  // only other programs are in the way: tiles that other machines would not have are not
            // the answer
  }
  const uint64_t least = plan({offloads.back(), tiles.back()}).needed;
  const bool busy = least <= budget.installed && budget.available < budget.installed;
  throw Error("memory.too_small",
              fmt::format("{}x{}, batch {}, {} needs {} on the device, {} can be had",
                          *request.width, *request.height, request.batch, request.dtype,
                          to_string(ByteSize{least}), to_string(ByteSize{budget.available})))
      .hint(busy ? "another program holds the rest; end it, or try --vae-tile 512"
                 : "make the picture or the batch smaller, or use --dtype fp8, --offload auto or "
                   "--device cpu; `newbie memory` shows what each part takes");
}

}  // namespace newbie::engine
