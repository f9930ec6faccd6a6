#pragma once
/// Opening the networks of a model folder: config and weights together, checked.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "models/flux_vae/model.h"
#include "models/gemma3/model.h"
#include "models/jina_clip/model.h"
#include "models/loading.h"
#include "models/model_folder.h"
#include "models/next_dit/model.h"

namespace newbie::pipeline {

/// Puts something between the checked weights and the network that is built from them: adapters,
/// or a trainer. `network` is its name ("next_dit").
using Wrap = std::function<std::unique_ptr<nn::WeightProvider>(
    nn::WeightProvider& checked, std::string_view network, const nn::WeightUse& use)>;

/// Each opens config and weights, checks them as a whole, then builds. Memory counts for the
/// network's component. Errors: `config.*`, `weights.*`, `model.missing_part`.
gemma3::Gemma3 load_text_encoder(const ModelFolder& model, const nn::WeightUse& use,
                                 const LoadProgress& progress = {}, const Wrap& wrap = {});
jina_clip::JinaClip load_clip_model(const ModelFolder& model, const nn::WeightUse& use,
                                    const LoadProgress& progress = {}, const Wrap& wrap = {});
next_dit::NextDiT load_transformer(const ModelFolder& model, const nn::WeightUse& use,
                                   const LoadProgress& progress = {}, const Wrap& wrap = {});
flux_vae::FluxVae load_vae(const ModelFolder& model, const nn::WeightUse& use,
                           flux_vae::Parts parts, const LoadProgress& progress = {},
                           const Wrap& wrap = {});

/// What the networks that adapters can change are called and expect, without their weights' data;
/// parts that the model lacks are left out.
struct NetworkNames {
  std::string network;
  std::vector<io::TensorSpec> expected;
  std::vector<io::NamesTable> layouts;
};
std::vector<NetworkNames> adaptable_networks(const ModelFolder& model);

/// The transformer's config alone, without touching its weights' data (sizes, limits, reports).
next_dit::Config transformer_config(const ModelFolder& model);
flux_vae::Config vae_config(const ModelFolder& model);

}  // namespace newbie::pipeline
