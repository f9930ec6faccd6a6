#pragma once
/// Opening the networks of a model folder: config and weights together, checked.

#include "models/flux_vae/model.h"
#include "models/gemma3/model.h"
#include "models/jina_clip/model.h"
#include "models/loading.h"
#include "models/model_folder.h"
#include "models/next_dit/model.h"

namespace newbie::pipeline {

/// Each opens config and weights, checks them as a whole, then builds. Memory counts for the
/// network's component. Errors: `config.*`, `weights.*`, `model.missing_part`.
gemma3::Gemma3 load_text_encoder(const ModelFolder& model, const nn::WeightUse& use,
                                 const LoadProgress& progress = {});
jina_clip::JinaClip load_clip_model(const ModelFolder& model, const nn::WeightUse& use,
                                    const LoadProgress& progress = {});
next_dit::NextDiT load_transformer(const ModelFolder& model, const nn::WeightUse& use,
                                   const LoadProgress& progress = {});
flux_vae::FluxVae load_vae(const ModelFolder& model, const nn::WeightUse& use,
                           flux_vae::Parts parts, const LoadProgress& progress = {});

/// The transformer's config alone, without touching its weights' data (sizes, limits, reports).
next_dit::Config transformer_config(const ModelFolder& model);
flux_vae::Config vae_config(const ModelFolder& model);

}  // namespace newbie::pipeline
