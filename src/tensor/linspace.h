#pragma once
/// Evenly spaced numbers with the rounding of PyTorch.

#include <cstdint>
#include <vector>

namespace newbie {

/// torch.linspace(start, end, count) in f32 as vectorised x86 builds compute it: the first half
/// from the start, the rest from the end, one rounding per element. Source: model
/// specification 8.6.
std::vector<float> torch_linspace(float start, float end, int64_t count);

}  // namespace newbie
