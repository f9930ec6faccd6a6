#pragma once
/// What an engine keeps between requests: where the model lies and which parts of it are in memory.

#include <map>
#include <optional>
#include <string>

#include "engine/prompt_stage.h"
#include "models/model_folder.h"
#include "newbie/engine.h"
#include "pipeline/networks.h"

namespace newbie::engine {

/// Networks are loaded when a stage needs them and released after it, unless `options.keep_loaded`.
struct LoadedModel {
  explicit LoadedModel(const EngineOptions& chosen)
      : options(chosen),
        device(Device::cpu(chosen.threads)),
        folder(find_model(chosen.model)),
        defaults(model_defaults(folder)) {
    device.set_cancel(cancel);
  }

  /// Forgets the networks when they were loaded for another type or another VAE.
  void prepare(DType wanted_dtype, const std::string& wanted_vae) {
    if (wanted_dtype == dtype && wanted_vae == vae_path) return;
    text_encoder.reset();
    clip_model.reset();
    transformer.reset();
    vae.reset();
    dtype = wanted_dtype;
    vae_path = wanted_vae;
  }

  EngineOptions options;
  Device device;
  CancelToken cancel;
  ModelFolder folder;
  ModelDefaults defaults;
  std::optional<Tokenizers> tokenizers;
  std::optional<std::map<std::string, std::string>> hashes;

  DType dtype = DType::f32;
  std::string vae_path;
  std::optional<gemma3::Gemma3> text_encoder;
  std::optional<jina_clip::JinaClip> clip_model;
  std::optional<next_dit::NextDiT> transformer;
  std::optional<flux_vae::FluxVae> vae;
};

}  // namespace newbie::engine
