#pragma once
/// What adapters add to products while a network runs; the weight itself is never touched.

#include <memory>
#include <optional>
#include <vector>

#include "adapters/adapter.h"
#include "nn/weight_scope.h"

namespace newbie::adapters {

/// Modules of one weight, in use at a strength each, none with a magnitude, of the kinds lora and
/// lokr. Low-rank pairs become one pair whose rank is their sum. Prepared once for `use`; the
/// factors lie in host memory.
std::shared_ptr<const nn::Addition> prepared_addition(
    const std::vector<std::pair<const Module*, double>>& modules, const nn::WeightUse& use);

/// Elements of its input that an addition does without in a pass of training; the others grow, so
/// that the sum is as large on average.
struct Dropout {
  float share = 0;  ///< chance of each element, below 1
  float least = 0;  ///< a normal number is below it with that chance
  uint64_t seed = 0;
  uint32_t stream = 0;                ///< the purpose of the numbers: see NoiseKey
  std::optional<uint32_t> pass = {};  ///< which one; outside of passes nothing is left out
};

/// The same of one module that is being learned: its tensors, on the device of the network, are
/// read at every call, and gradients reach them. `dropout` may be null and is read at every call;
/// `number` tells the module's choices from those of others.
std::shared_ptr<const nn::Addition> live_addition(const Module& module,
                                                  std::shared_ptr<const Dropout> dropout = nullptr,
                                                  uint32_t number = 0);

}  // namespace newbie::adapters
