#pragma once
/// Pictures as latents, made once.

#include <cstdint>
#include <functional>
#include <unordered_map>
#include <vector>

#include "models/flux_vae/model.h"
#include "train/data/arranged.h"
#include "train/data/cache.h"

namespace newbie::train {

/// Latents by example: from memory, from the cache, or through the encoder. Scale and shift of the
/// VAE are applied.
class LatentSource {
 public:
  /// `vae_key` names the encoder. Files are kept for pictures that are files; what is drawn on
  /// demand stays in memory.
  LatentSource(const ArrangedData& data, uint64_t vae_key, TensorCache cache);

  /// Whether every latent is there without an encoder.
  bool complete() const;
  /// Encodes what is missing. `progress` is told how many of all are there.
  void fill(const flux_vae::FluxVae& vae, const Device& device,
            const std::function<void(int64_t done, int64_t total)>& progress);

  /// [C,h,w] on `device`, one per example; missing ones go through `vae`, which may be null when
  /// there are none.
  std::vector<Tensor> latents(const std::vector<int64_t>& examples, const flux_vae::FluxVae* vae,
                              const Device& device);

 private:
  uint64_t key_of(int64_t example) const;
  Tensor known(int64_t example);
  void encode(const std::vector<int64_t>& examples, const flux_vae::FluxVae& vae,
              const Device& device);

  const ArrangedData& data_;
  uint64_t vae_key_;
  TensorCache cache_;
  Device host_ = Device::cpu();
  std::unordered_map<int64_t, Tensor> memory_;
};

}  // namespace newbie::train
