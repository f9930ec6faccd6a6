#include "train/run.h"

#include "train/model/networks.h"
#include "train/objective/classifier.h"
#include "train/objective/vae.h"

namespace newbie::train {
namespace {

/// The pictures at the recipe's later resolution: drawn ones anew, those of files as they are.
std::shared_ptr<const Dataset> later_examples(const Recipe& recipe,
                                              const std::shared_ptr<const Dataset>& usual) {
  if (!usual->synthetic()) return usual;
  PicturesSection pictures = recipe.pictures;
  pictures.resolution = pictures.late_resolution;
  std::vector<std::unique_ptr<Dataset>> parts;
  for (const DataSection& source : recipe.data) parts.push_back(world_dataset(source, pictures));
  return std::make_shared<JoinedDataset>(std::move(parts));
}

Resolutions resolutions_of(const Recipe& recipe, std::unique_ptr<Dataset> usual) {
  Resolutions resolutions{std::move(usual)};
  if (recipe.pictures.late_resolution > 0) {
    resolutions.push_back(later_examples(recipe, resolutions.front()));
  }
  return resolutions;
}

/// Examples that all can be learnt from.
Resolutions sound_examples(const Recipe& recipe, const CancelToken& stop, const RunEvents& events) {
  OpenedData data = open_data(recipe, stop, [&](int64_t done, int64_t total) {
    if (events.preparing) events.preparing("check pictures", done, total);
  });
  require_sound(data, recipe.kind);
  if (events.warning && !data.findings.empty()) {
    events.warning(to_text(data.findings, data.pictures));
  }
  return resolutions_of(recipe, std::move(data.examples));
}

/// Tells the plan. On the host memory may come from other programs, so that it is only a warning.
void see_to_memory(const Recipe& recipe, const Resolutions& examples, const Device& device,
                   const RunEvents& events) {
  if (!can_plan(recipe.kind)) return;
  const MemoryPlan plan = plan_memory(recipe, examples, device);
  if (events.plan) events.plan(plan);
  if (plan.kind == DeviceKind::cuda) {
    require_memory(plan, recipe);
  } else if (events.warning && !plan.fits()) {
    events.warning("warning: " + shortage_of(plan, recipe) + "\n");
  }
}

std::unique_ptr<Objective> objective_of(const Recipe& recipe, const Resolutions& examples,
                                        const Device& device, const Preparing& preparing) {
  if (recipe.kind == Kind::vae) {
    return std::make_unique<VaeObjective>(recipe, examples.front(), device);
  }
  return std::make_unique<DiffusionObjective>(recipe, examples, device, preparing);
}

}  // namespace

RunEnd run_recipe(const Recipe& recipe, const TrainerOptions& options, const RunEvents& events) {
  if (recipe.kind == Kind::classifier) {
    ClassifierObjective objective(recipe, device_of(recipe.run));
    return Trainer(objective, recipe, options, events.trainer).run();
  }
  const Resolutions examples = sound_examples(recipe, options.stop, events);
  const Device device = device_of(recipe.run);
  see_to_memory(recipe, examples, device, events);
  const auto objective = objective_of(recipe, examples, device, events.preparing);
  return Trainer(*objective, recipe, options, events.trainer).run();
}

MemoryPlan plan_recipe(const Recipe& recipe, const CancelToken& stop, const RunEvents& events) {
  const Resolutions examples = sound_examples(recipe, stop, events);
  return plan_memory(recipe, examples, planned_device_of(recipe.run));
}

}  // namespace newbie::train
