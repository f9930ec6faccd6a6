#pragma once
/// One request on its way through the stages: prompt, encoders, sampling, decoding.

#include <optional>
#include <vector>

#include "engine/isolation.h"
#include "engine/loaded_model.h"
#include "engine/memory_plan.h"
#include "engine/recipe.h"
#include "engine/resolve.h"
#include "engine/stopwatch.h"
#include "explain/files.h"
#include "image/image.h"
#include "pipeline/pictures.h"

namespace newbie::engine {

/// The start picture and mask of a request, at its size.
struct StartPicture {
  image::Picture picture;
  std::optional<image::Picture> mask;
};

/// What sampling starts from besides noise.
struct StartLatents {
  Tensor latent;  ///< [1,C,h,w], or undefined
  Tensor mask;    ///< like latent, or undefined
};

/// A latent that is ready to be decoded.
struct Sampled {
  int64_t index;
  uint64_t seed;
  uint64_t variation_seed;
  StageHashes stages;  ///< up to the latent
  Tensor latent;       ///< [1,C,h,w]
  std::optional<explain::HeatMaps> maps;
};

class Run {
 public:
  /// `request` is resolved.
  Run(LoadedModel& model, const GenerateRequest& request, const GenerateEvents& events)
      : model_(model), request_(request), events_(events), watch_(events.progress) {}

  RunReport operator()();

  /// Takes the memory that operator() would take, on a device that plans: prompts of these lengths
  /// through every stage, the first steps only. Returns the bytes that one evaluation of the
  /// transformer copies to the device.
  uint64_t rehearse(const PromptLengths& lengths);

 private:
  nn::WeightUse use(ops::Residency residency) const {
    return weight_use(request_.dtype, model_.device, residency);
  }
  /// The text encoders' activations leave the range of f16.
  nn::WeightUse encoder_use() const {
    return weight_use(request_.dtype == "f16" ? "bf16" : request_.dtype, model_.device,
                      ops::Residency::mapped);
  }
  LoadProgress loading(const char* part) {
    watch_.begin(fmt::format("load {}", part), 0);
    return [this](uint64_t done, uint64_t total) {
      watch_.advance(static_cast<int64_t>(done), static_cast<int64_t>(total));
    };
  }
  /// The network in `slot`, loaded when it is not there.
  template <class Network, class Load>
  Network& loaded(NetworkSlot<Network>& slot, const char* part, Rest after, const Load& load) {
    return slot.use(model_.device, after == Rest::park, [&] { return load(loading(part)); });
  }
  /// What becomes of networks after their stage.
  Rest encoders_rest() const;
  Rest others_rest() const;
  /// Finds how the request fits into the device's memory. Error: `memory.too_small`.
  void fit_memory(const PromptLengths& lengths);

  Conditioning encode(const PreparedPrompt& prompt);
  /// Encodes unless it was done for an earlier request.
  Conditioning conditioning(const PreparedPrompt& prompt);
  std::optional<StartPicture> start_picture() const;
  /// Loads the transformer; its blocks leave the device where the policy says so.
  const next_dit::NextDiT& transformer();
  flux_vae::FluxVae& vae();
  flux_vae::Tiling tiling() const;
  StartLatents encode_start(const StartPicture& start);
  /// Watches attention of a transformer over that many steps, when the picture is to be explained.
  std::optional<explain::AttentionRecorder> recorder(const next_dit::Config& config, int steps);
  std::vector<Sampled> sample(const Conditioning& conditioning, const StartLatents& start,
                              const std::optional<pipeline::LatentColours>& colours);
  void decode(const std::vector<Sampled>& latents, const std::optional<StartPicture>& start,
              const PreparedPrompt& prompt);
  void tell_where_it_looked(const Sampled& sampled, const image::Picture& picture) const;
  RunReport report() const;

  LoadedModel& model_;
  GenerateRequest request_;
  const GenerateEvents& events_;
  Stopwatch watch_;
  pipeline::Isolation isolation_;
  std::optional<explain::Questions> questions_;  ///< when the picture is to be explained
  explain::Provenance provenance_;
  std::optional<BackgroundHashes> hashing_;
  std::shared_ptr<StreamedWeights> stream_;  ///< of the transformer's blocks, when they leave
};

}  // namespace newbie::engine
