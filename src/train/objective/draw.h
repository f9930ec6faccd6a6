#pragma once
/// Pictures of a model in training.

#include <vector>

#include "image/image.h"
#include "models/flux_vae/model.h"
#include "models/next_dit/model.h"
#include "pipeline/text_stage.h"
#include "train/recipe/recipe.h"

namespace newbie::train {

/// One picture per prompt, by Euler's steps with guidance; picture i has seed + i. Nothing is
/// remembered for gradients.
std::vector<image::Picture> draw_samples(const Recipe& recipe, const next_dit::NextDiT& transformer,
                                         const flux_vae::FluxVae& vae,
                                         const std::vector<pipeline::PromptFeatures>& prompts,
                                         const pipeline::PromptFeatures& negative);

}  // namespace newbie::train
