#pragma once
/// How much memory a request takes, before anything is loaded: the request runs on a device that
/// only plans, with the same networks, ops and allocator.

#include <deque>
#include <string>

#include "engine/offload.h"
#include "models/model_folder.h"
#include "newbie/engine.h"
#include "pipeline/text_stage.h"
#include "tensor/memory_budget.h"

namespace newbie::engine {

/// Tokens of a prompt for each encoder.
struct PromptLength {
  int64_t gemma = 256;
  int64_t clip = 256;

  static PromptLength of(const pipeline::PromptIds& ids) {
    return {static_cast<int64_t>(ids.gemma.size()), static_cast<int64_t>(ids.clip.size())};
  }
};

/// What of a prompt decides how much memory it takes.
struct PromptLengths {
  PromptLength positive, negative;
  std::vector<int32_t> characters = {};  ///< per token of the positive caption that is isolated
  size_t explained = 0;                  ///< parts of the prompt that get heat maps
};

/// Everything that decides how much memory is taken.
struct MemoryQuestion {
  ModelFolder model;
  GenerateRequest request;  ///< resolved
  PromptLengths lengths;
  DeviceKind kind = DeviceKind::cuda;
  int capability = 90;  ///< of an NVIDIA device: which kernels it has
  bool keep_loaded = false;
  bool preview = false;
  int threads = 0;  ///< of the host
};

/// The answer under one policy.
struct MemoryPlan {
  MemoryPolicy policy;
  MemoryReport report;
  /// What one evaluation of the transformer copies to the device because its blocks are kept away.
  uint64_t bytes_per_pass = 0;
  /// What the device must be able to give: all that is in use at once.
  uint64_t needed = 0;
};

/// A pure function of the question and the policy; of the weights only shapes and types are read.
/// Cost: some milliseconds for each network. Error: `device.unavailable` for a kind of device that
/// this build knows nothing of.
MemoryPlan plan_memory(const MemoryQuestion& question, const MemoryPolicy& policy);

/// Finds plans for one question; what was planned once is remembered.
class MemoryPlanner {
 public:
  explicit MemoryPlanner(MemoryQuestion question) : question_(std::move(question)) {}

  const MemoryPlan& plan(const MemoryPolicy& policy);

  /// The quickest plan that fits: the largest tiles that some policy can afford of `installed`,
  /// then as little offloading as `available` allows. `offload` is "auto" or the name of a policy.
  /// Error: `memory.too_small` with what the smallest plan needs.
  MemoryPlan choose(const std::string& offload, const MemoryBudget& budget);

 private:
  MemoryQuestion question_;
  std::deque<MemoryPlan> plans_;
};

}  // namespace newbie::engine
