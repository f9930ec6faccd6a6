#pragma once
/// The networks of a run: those that learn, those that only help, and what they share.

#include <memory>
#include <optional>
#include <vector>

#include "adapters/learned.h"
#include "models/model_folder.h"
#include "pipeline/networks.h"
#include "text/tokenizer.h"
#include "train/optim/parameter.h"
#include "train/recipe/recipe.h"

namespace newbie::train {

/// The device and type that a recipe asks for. "auto": the first NVIDIA device that can be used,
/// else the processor; bf16 there, f32 here. Error: `device.unavailable`.
Device device_of(const RunSection& run);
/// The same for whoever only plans: an NVIDIA device that is asked for need not be there, if this
/// build knows them.
Device planned_device_of(const RunSection& run);
DType compute_of(const RunSection& run, const Device& device);
/// Threads that prepare batches while the device computes.
int readers_of(const RunSection& run, const Device& device);

/// Where the parts of the recipe's model lie. Errors: `model.*`.
ModelFolder folder_of(const ModelSection& model);

/// Loads the networks of a run one by one and makes parameters of what learns.
class TrainNetworks {
 public:
  TrainNetworks(const Recipe& recipe, const Device& device);

  bool learns(std::string_view part) const;
  bool fresh(std::string_view part) const;

  void load_text_towers();
  void load_transformer();
  void load_vae(flux_vae::Parts parts);
  /// The VAE again, with its parameters as they are now: convolutions are prepared when built.
  void rebuild_vae();

  const Recipe& recipe;
  Device device;
  DType compute;
  ModelFolder folder;
  std::unique_ptr<text::Tokenizer> gemma_tokenizer, clip_tokenizer;  ///< the latter may be null
  std::optional<gemma3::Gemma3> text_encoder;
  std::optional<jina_clip::JinaClip> clip_model;
  std::optional<next_dit::NextDiT> transformer;
  std::optional<flux_vae::FluxVae> vae;
  std::optional<adapters::LearnedAdapter> adapter;
  std::vector<Parameter> parameters;

 private:
  nn::WeightUse use(std::string_view part) const;
  void make_adapter();

  std::unique_ptr<nn::WeightProvider> vae_parameters_;
  flux_vae::Config vae_config_;
  flux_vae::Parts vae_parts_;
};

}  // namespace newbie::train
