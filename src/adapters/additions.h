#pragma once
/// What adapters add to products while a network runs; the weight itself is never touched.

#include <memory>
#include <vector>

#include "adapters/adapter.h"
#include "nn/weight_scope.h"

namespace newbie::adapters {

/// Modules of one weight, in use at a strength each, none with a magnitude, of the kinds lora and
/// lokr. Low-rank pairs become one pair whose rank is their sum. Prepared once for `use`; the
/// factors lie in host memory.
std::shared_ptr<const nn::Addition> prepared_addition(
    const std::vector<std::pair<const Module*, double>>& modules, const nn::WeightUse& use);

/// The same of one module that is being learned: its tensors, on the device of the network, are
/// read at every call, and gradients reach them.
std::shared_ptr<const nn::Addition> live_addition(const Module& module);

}  // namespace newbie::adapters
