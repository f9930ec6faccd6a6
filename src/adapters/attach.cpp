#include "adapters/attach.h"

#include "adapters/additions.h"
#include "adapters/delta.h"
#include "ops/transfer.h"

namespace newbie::adapters {

bool merges_at_load(const Module& module) {
  const bool apart = module.kind == Kind::lora || module.kind == Kind::lokr;
  return !apart || module.has(Factor::magnitude);
}

AdaptedWeights::AdaptedWeights(nn::WeightProvider& inner, const AdapterSet& adapters,
                               std::string network, const nn::WeightUse& use)
    : inner_(inner), adapters_(adapters), network_(std::move(network)), use_(use) {}

std::vector<AdaptedWeights::Named> AdaptedWeights::modules_of(const std::string& path) const {
  std::vector<Named> found;
  for (const Applied& applied : adapters_) {
    const Module* module = applied.adapter->find(network_, path);
    if (module && applied.strength != 0) found.push_back({module, applied.strength});
  }
  return found;
}

Tensor AdaptedWeights::take(const std::string& path, const Shape& shape) {
  const Tensor stored = inner_.take(path, shape);
  const size_t dot = path.rfind('.');
  if (dot == std::string::npos) return stored;
  const bool weight = path.compare(dot, path.npos, ".weight") == 0;
  const bool bias = path.compare(dot, path.npos, ".bias") == 0;
  std::vector<Change> changes;
  for (const Named& named : modules_of(path.substr(0, dot))) {
    const bool concerned =
        (weight && merges_at_load(*named.module)) || (bias && named.module->has(Factor::bias));
    if (concerned) changes.push_back({named.module, named.strength});
  }
  if (changes.empty()) return stored;
  // Norms and biases are small and used in f32.
  const DType dtype = weight && shape.rank() == 2 ? use_.compute : DType::f32;
  if (stored.device().plans()) return Tensor::empty(shape, dtype, stored.device());
  const Tensor original = ops::to_host(stored);
  const Tensor changed =
      weight ? merged(original, changes, dtype) : merged_bias(original, changes, dtype);
  return ops::to_device(changed, stored.device());
}

std::shared_ptr<const nn::Addition> AdaptedWeights::addition(const std::string& path) {
  std::vector<std::pair<const Module*, double>> apart;
  for (const Named& named : modules_of(path)) {
    if (!merges_at_load(*named.module)) apart.emplace_back(named.module, named.strength);
  }
  return apart.empty() ? inner_.addition(path) : prepared_addition(apart, use_);
}

}  // namespace newbie::adapters
