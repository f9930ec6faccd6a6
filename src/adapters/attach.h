#pragma once
/// Building a network with adapters: weights come from the files as they are, and what the adapters
/// add comes beside them.

#include <memory>
#include <string>

#include "adapters/adapter.h"
#include "nn/weight_scope.h"

namespace newbie::adapters {

/// Hands out the weights of `inner`, and the adapters' additions to them. LoRA and LoKr stay apart
/// from the weight, whatever its type. DoRA, LoHa and whole differences are merged into the weight
/// while it is loaded, in f32, and rounded once to the type of the activations.
/// `inner` and the set live as long as the network is built.
class AdaptedWeights final : public nn::WeightProvider {
 public:
  AdaptedWeights(nn::WeightProvider& inner, const AdapterSet& adapters, std::string network,
                 const nn::WeightUse& use);

  Tensor take(const std::string& path, const Shape& shape) override;
  bool has(const std::string& path) const override { return inner_.has(path); }
  std::shared_ptr<const nn::Addition> addition(const std::string& path) override;

 private:
  struct Named {
    const Module* module;
    double strength;
  };
  std::vector<Named> modules_of(const std::string& path) const;

  nn::WeightProvider& inner_;
  const AdapterSet& adapters_;
  std::string network_;
  nn::WeightUse use_;
};

/// Whether a module's change is merged into the weight at load.
bool merges_at_load(const Module& module);

}  // namespace newbie::adapters
