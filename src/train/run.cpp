#include "train/run.h"

#include "train/model/networks.h"
#include "train/objective/vae.h"

namespace newbie::train {
namespace {

std::unique_ptr<Objective> objective_of(const Recipe& recipe, std::unique_ptr<Dataset> examples,
                                        const Preparing& preparing) {
  const Device device = device_of(recipe.run);
  if (recipe.kind == Kind::vae) {
    return std::make_unique<VaeObjective>(recipe, std::move(examples), device);
  }
  return std::make_unique<DiffusionObjective>(recipe, std::move(examples), device, preparing);
}

}  // namespace

RunEnd run_recipe(const Recipe& recipe, const TrainerOptions& options, const RunEvents& events) {
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
