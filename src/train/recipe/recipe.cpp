#include "train/recipe/recipe.h"

#include <fmt/format.h>

#include "base/error.h"

namespace newbie::train {

std::string_view name_of(Kind kind) {
  constexpr std::string_view kNames[] = {"lora", "full", "vae", "classifier"};
  return kNames[static_cast<size_t>(kind)];
}

Kind kind_named(std::string_view name) {
  for (const Kind kind : kKinds) {
    if (name_of(kind) == name) return kind;
  }
  throw Error(
      "recipe.value",
      fmt::format("the kind of training is \"{}\", expected lora, full, vae or classifier", name));
}

namespace {

/// Upstream's LoRA trainer: model specification 13.3.
Recipe lora() {
  Recipe recipe;
  recipe.captions.dropout = 0;
  recipe.data.resize(1);
  return recipe;
}

/// Upstream's full fine-tuning script: model specification 13.2.
Recipe full() {
  Recipe recipe;
  recipe.kind = Kind::full;
  recipe.run.batch = 8;
  recipe.run.steps = 10000;
  recipe.optimizer.beta2 = 0.95;
  recipe.optimizer.epsilon = 1e-15;
  recipe.optimizer.weight_decay = 0;
  recipe.optimizer.clip = 2;
  recipe.schedule.warmup = 500;
  recipe.schedule.floor = 0.01;
  recipe.average.decay = 0.95;
  recipe.data.resize(1);
  return recipe;
}

/// What the study of nano found to work; upstream publishes no VAE training.
Recipe vae() {
  Recipe recipe;
  recipe.kind = Kind::vae;
  recipe.run.batch = 32;
  recipe.run.steps = 2000;
  recipe.model.fresh = {"vae"};
  recipe.pictures.resolution = 256;
  recipe.pictures.cache = false;
  recipe.optimizer.kind = "muon";
  recipe.optimizer.learning_rate = 2e-3;
  recipe.optimizer.beta2 = 0.99;
  recipe.optimizer.weight_decay = 0;
  recipe.optimizer.muon_learning_rate = 2e-3;
  recipe.optimizer.muon_weight_decay = 0;
  recipe.schedule.kind = "wsd";
  recipe.schedule.warmup = 100;
  recipe.schedule.decay_from = 0.5;
  recipe.schedule.floor = 0.01;
  recipe.data.resize(1);
  return recipe;
}

/// The judge of `newbie eval`; it learns from the world alone.
Recipe classifier() {
  Recipe recipe;
  recipe.kind = Kind::classifier;
  recipe.run.batch = 256;
  recipe.run.steps = 4000;
  recipe.pictures.resolution = 256;
  recipe.pictures.cache = false;
  recipe.optimizer.learning_rate = 2.5e-3;
  recipe.optimizer.beta2 = 0.99;
  recipe.optimizer.weight_decay = 0.02;
  recipe.schedule.kind = "wsd";
  recipe.schedule.warmup = 100;
  recipe.schedule.decay_from = 0.3;
  recipe.schedule.floor = 0.001;
  recipe.average.decay = 0.99;
  recipe.data.resize(1);
  recipe.data.front().kind = "world";
  return recipe;
}

}  // namespace

Recipe default_recipe(Kind kind) {
  switch (kind) {
    case Kind::lora:
      return lora();
    case Kind::full:
      return full();
    case Kind::vae:
      return vae();
    case Kind::classifier:
      break;
  }
  return classifier();
}

}  // namespace newbie::train
