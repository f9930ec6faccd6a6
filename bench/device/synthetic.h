#pragma once
/// The networks at their published sizes with random weights, made where they are used.

#include "models/flux_vae/model.h"
#include "models/gemma3/model.h"
#include "models/jina_clip/model.h"
#include "models/next_dit/model.h"

namespace newbie::bench {

/// Weights of any name and shape: normal numbers about as large as trained ones, norms about 1.
/// The same numbers for the same name on every device.
class SyntheticWeights final : public nn::WeightProvider {
 public:
  SyntheticWeights(DType dtype, const Device& device);
  Tensor take(const std::string& path, const Shape& shape) override;
  bool has(const std::string&) const override { return true; }

 private:
  DType dtype_;
  Device device_;
  Tensor pool_;  // of normal numbers; weights are stretches of it
};

/// NewBie's transformer; `layers` of its 36.
next_dit::Config transformer_config(int64_t layers = 36);
gemma3::Config gemma_config();
jina_clip::Config jina_config();

nn::WeightUse use_of(const Device& device, DType compute,
                     nn::LinearStorage linear = nn::LinearStorage::compute,
                     ops::Residency residency = ops::Residency::packed);

/// Normal numbers.
Tensor random_tensor(const Shape& shape, DType dtype, const Device& device, uint64_t seed);

/// A network of this use; its weights come as `stored`.
template <class Network, class Config>
Network build(const Config& config, const nn::WeightUse& use, DType stored = DType::bf16) {
  SyntheticWeights weights(stored, use.device);
  return Network(config, nn::WeightScope(weights, use));
}

}  // namespace newbie::bench
