#pragma once
/// What an engine keeps between requests: where the model lies and which parts of it are in memory.

#include <optional>
#include <string>

#include "engine/adapters_in_use.h"
#include "engine/conditioning_cache.h"
#include "engine/device_choice.h"
#include "engine/offload.h"
#include "engine/prompt_stage.h"
#include "engine/vae_choice.h"
#include "engine/weights_hash.h"
#include "models/model_folder.h"
#include "newbie/engine.h"
#include "pipeline/networks.h"

namespace newbie::engine {

/// Networks are loaded when a stage needs them. What becomes of them after it,
/// `options.keep_loaded` and `policy` decide.
struct LoadedModel {
  explicit LoadedModel(const EngineOptions& chosen)
      : options(chosen),
        device(device_named(chosen.device, static_cast<int>(chosen.threads))),
        folder(find_model(chosen.model)),
        defaults(model_defaults(folder)) {
    device.set_cancel(cancel);
  }

  /// A model on a device that was made already, for planning.
  LoadedModel(ModelFolder parts_of_model, const Device& on)
      : device(on), folder(std::move(parts_of_model)), defaults() {}

  /// Forgets networks that were loaded to be kept otherwise.
  void set_policy(const MemoryPolicy& wanted) {
    if (wanted.offload != policy.offload) {
      text_encoder.reset();
      clip_model.reset();
      transformer.reset();
    }
    policy = wanted;
  }

  /// Forgets what was loaded for another type, another VAE or other adapters. `request` is
  /// resolved. Errors: `model.unknown_vae`, those of adapters.
  void prepare(const GenerateRequest& request) {
    const std::filesystem::path path = find_vae(folder, request.vae);
    if (path != vae_path || request.vae_dtype != vae_dtype) vae.reset();
    vae_path = path;
    vae_dtype = request.vae_dtype;
    for (const std::string& network : adapters.prepare(request.lora, folder)) {
      if (network == "next_dit") transformer.reset();
      if (network == "gemma3") text_encoder.reset();
      if (network == "jina_clip") clip_model.reset();
    }
    if (request.dtype == dtype) return;
    text_encoder.reset();
    clip_model.reset();
    transformer.reset();
    conditionings.clear();
    dtype = request.dtype;
  }

  /// The parts with the VAE that is in use.
  ModelFolder parts() const {
    ModelFolder out = folder;
    out.vae = vae_path;
    return out;
  }

  EngineOptions options;
  Device device;
  CancelToken cancel;
  ModelFolder folder;
  ModelDefaults defaults;
  std::optional<Tokenizers> tokenizers;
  FileHashes hashes;
  ConditioningCache conditionings;

  AdaptersInUse adapters;

  MemoryPolicy policy;
  std::string dtype, vae_dtype;  ///< of the networks below
  std::filesystem::path vae_path;
  NetworkSlot<gemma3::Gemma3> text_encoder;
  NetworkSlot<jina_clip::JinaClip> clip_model;
  NetworkSlot<next_dit::NextDiT> transformer;
  NetworkSlot<flux_vae::FluxVae> vae;
};

}  // namespace newbie::engine
