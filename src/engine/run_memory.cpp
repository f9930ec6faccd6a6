/// How a request treats memory: what stays on the device, and what all of it takes.
#include <fmt/format.h>

#include "engine/run.h"
#include "ops/start.h"

namespace newbie::engine {
namespace {

/// Steps that take all the memory a run ever takes: samplers look back at two steps.
constexpr int64_t kTellingSteps = 3;

/// Ids that every tokenizer has.
pipeline::PromptIds ids_of_length(const PromptLength& tokens) {
  pipeline::PromptIds prompt;
  prompt.gemma.assign(static_cast<size_t>(tokens.gemma), 0);
  prompt.clip.assign(static_cast<size_t>(tokens.clip), 0);
  return prompt;
}

}  // namespace

Rest Run::encoders_rest() const {
  const bool on_host = model_.device.kind() == DeviceKind::cpu;
  const bool kept = model_.options.keep_loaded;
  if (on_host) return kept ? Rest::stay : Rest::go;
  if (model_.policy.offload == Offload::none) return Rest::stay;
  return kept ? Rest::park : Rest::go;
}

Rest Run::others_rest() const {
  const bool on_host = model_.device.kind() == DeviceKind::cpu;
  const bool stays = !on_host && model_.policy.offload == Offload::none;
  return stays || model_.options.keep_loaded ? Rest::stay : Rest::go;
}

void Run::fit_memory(const PromptLengths& lengths) {
  if (model_.device.kind() != DeviceKind::cuda || model_.device.plans()) return;
  Allocator& allocator = model_.device.allocator();
  const EngineOptions& options = model_.options;
  const MemoryBudget budget =
      budget_of(model_.device.memory(), options.vram_limit.bytes, allocator.report().reserved.live);
  MemoryPlanner planner({.model = model_.parts(),
                         .request = request_,
                         .lengths = lengths,
                         .kind = DeviceKind::cuda,
                         .capability = model_.device.capability(),
                         .keep_loaded = options.keep_loaded,
                         .preview = static_cast<bool>(events_.preview),
                         .threads = model_.device.threads()});
  const MemoryPlan plan = planner.choose(options.offload, budget);
  model_.set_policy(plan.policy);
  allocator.set_limit(options.vram_limit.bytes > 0 ? budget.available : 0);
  if (!events_.note) return;
  std::string text =
      fmt::format("memory: {} needed, {} can be had; offload {}", to_string(ByteSize{plan.needed}),
                  to_string(ByteSize{budget.available}), name_of(plan.policy.offload));
  if (plan.bytes_per_pass > 0) {
    text += fmt::format(", which copies {} to the device in every evaluation of the transformer",
                        to_string(ByteSize{plan.bytes_per_pass}));
  }
  if (plan.policy.vae_tile > 0) {
    text += fmt::format("; decoding in tiles of {} pixels", plan.policy.vae_tile);
  }
  events_.note("info", text + "\n");
}

uint64_t Run::rehearse(const PromptLengths& lengths) {
  request_.steps = std::min(request_.steps.value_or(kTellingSteps), kTellingSteps);
  request_.sigmas.clear();
  request_.count = std::min(request_.count, 2 * request_.batch);
  PreparedPrompt prompt;
  prompt.positive = ids_of_length(lengths.positive);
  prompt.negative = ids_of_length(lengths.negative);
  prompt.positive.characters = lengths.characters;
  isolation_ = isolation_of(request_, prompt, {});
  if (isolation_.active() && request_.isolation == "region") isolation_.places.push_back({});
  if (lengths.explained > 0) {
    questions_ = explain::Questions{.nodes = std::vector<explain::Node>(lengths.explained),
                                    .tokens = prompt.positive.gemma.size(),
                                    .regions = {},
                                    .caption = {}};
  }
  std::optional<StartPicture> start;
  if (!request_.init.empty()) {
    start = StartPicture{image::Picture::blank(*request_.width, *request_.height), {}};
    if (!request_.mask.empty()) start->mask = start->picture;
  }
  const Tensor scratch = ops::start(model_.device);
  const Rest after = others_rest();
  const Conditioning features = encode(prompt);
  StartLatents start_latents;
  if (start) start_latents = encode_start(*start);
  std::optional<pipeline::LatentColours> colours;
  if (events_.preview) colours.emplace(vae(), model_.device);
  model_.vae.rest(model_.device, after);
  const std::vector<Sampled> latents = sample(features, start_latents, colours);
  const uint64_t copied = stream_ ? stream_->bytes_per_pass() : 0;
  model_.transformer.rest(model_.device, after);
  const MemoryScope memory(model_.device, Component::vae, MemoryUse::activations);
  auto& network = vae();
  for (const Sampled& sampled : latents) {
    pipeline::picture_of(network, sampled.latent, image::Rounding::nearest, tiling());
  }
  return copied;
}

}  // namespace newbie::engine
