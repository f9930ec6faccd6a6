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

std::unique_ptr<Objective> objective_of(const Recipe& recipe,
                                        const std::shared_ptr<const Dataset>& examples,
                                        const Preparing& preparing) {
  const Device device = device_of(recipe.run);
  if (recipe.kind == Kind::vae) return std::make_unique<VaeObjective>(recipe, examples, device);
  DiffusionObjective::Resolutions resolutions{examples};
  if (recipe.pictures.late_resolution > 0) {
    resolutions.push_back(later_examples(recipe, examples));
  }
  return std::make_unique<DiffusionObjective>(recipe, resolutions, device, preparing);
}

}  // namespace

RunEnd run_recipe(const Recipe& recipe, const TrainerOptions& options, const RunEvents& events) {
  if (recipe.kind == Kind::classifier) {
    ClassifierObjective objective(recipe, device_of(recipe.run));
    return Trainer(objective, recipe, options, events.trainer).run();
  }
  OpenedData data = open_data(recipe, options.stop, [&](int64_t done, int64_t total) {
    if (events.preparing) events.preparing("check pictures", done, total);
  });
  require_sound(data);
  if (events.warning && !data.findings.empty()) {
    events.warning(to_text(data.findings, data.pictures));
  }
  const auto objective = objective_of(recipe, std::move(data.examples), events.preparing);
  return Trainer(*objective, recipe, options, events.trainer).run();
}

}  // namespace newbie::train
