#include "train/run_classifier.h"

#include "train/model/networks.h"
#include "train/objective/classifier.h"
#include "train/recipe/read.h"

namespace newbie::train {

Recipe open_classifier_recipe(const std::filesystem::path& file,
                              const std::vector<std::string>& set) {
  // A VAE's recipe has the sections that a network of pictures alone needs.
  return open_recipe(file, Kind::vae, set);
}

RunEnd run_classifier(const Recipe& recipe, const TrainerOptions& options,
                      const TrainerEvents& events) {
  const Device device = device_of(recipe.run);
  ClassifierObjective objective(recipe, device, compute_of(recipe.run, device));
  return Trainer(objective, recipe, options, events).run();
}

}  // namespace newbie::train
