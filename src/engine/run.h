#pragma once
/// One request on its way through the stages: prompt, encoders, sampling, decoding.

#include <optional>
#include <vector>

#include "engine/loaded_model.h"
#include "engine/recipe.h"
#include "engine/resolve.h"
#include "engine/stopwatch.h"
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
};

class Run {
 public:
  /// `request` is resolved.
  Run(LoadedModel& model, const GenerateRequest& request, const GenerateEvents& events)
      : model_(model), request_(request), events_(events), watch_(events.progress) {}

  RunReport operator()();

 private:
  nn::WeightUse use(ops::Residency residency) const {
    return weight_use(request_.dtype, model_.device, residency);
  }
  LoadProgress loading(const char* part) {
    watch_.begin(fmt::format("load {}", part), 0);
    return [this](uint64_t done, uint64_t total) {
      watch_.advance(static_cast<int64_t>(done), static_cast<int64_t>(total));
    };
  }
  /// The network in `slot`, loaded when it is not there.
  template <class Network, class Load>
  Network& loaded(std::optional<Network>& slot, const char* part, const Load& load) {
    if (!slot) slot.emplace(load(loading(part)));
    return *slot;
  }
  template <class Network>
  void release(std::optional<Network>& slot) {
    if (model_.options.keep_loaded) return;
    slot.reset();
    model_.device.allocator().trim();
  }

  Conditioning encode(const PreparedPrompt& prompt);
  /// Encodes unless it was done for an earlier request.
  Conditioning conditioning(const PreparedPrompt& prompt);
  std::optional<StartPicture> start_picture() const;
  flux_vae::FluxVae& vae();
  flux_vae::Tiling tiling() const;
  StartLatents encode_start(const StartPicture& start);
  std::vector<Sampled> sample(const Conditioning& conditioning, const StartLatents& start,
                              const std::optional<pipeline::LatentColours>& colours);
  void decode(const std::vector<Sampled>& latents, const std::optional<StartPicture>& start,
              const PreparedPrompt& prompt);
  RunReport report() const;

  LoadedModel& model_;
  GenerateRequest request_;
  const GenerateEvents& events_;
  Stopwatch watch_;
};

}  // namespace newbie::engine
