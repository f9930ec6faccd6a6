#pragma once
/// Look-ups on NVIDIA devices, in tables of any floating type.

#include "ops/embedding.h"

namespace newbie::ops::cuda {

void embedding(Tensor& y, const Tensor& table, const std::span<const int32_t>& ids,
               const float& scale);
void sinusoids(Tensor& y, const std::span<const float>& t, const int64_t& count, const float& base);

}  // namespace newbie::ops::cuda
