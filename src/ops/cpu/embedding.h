#pragma once
/// Look-ups on the host.

#include "ops/embedding.h"

namespace newbie::ops::cpu {

/// Takes tables of f32, bf16 and f16.
std::string embedding_declines(const Tensor& table, const std::span<const int32_t>& ids,
                               const float& scale);
void embedding(Tensor& y, const Tensor& table, const std::span<const int32_t>& ids,
               const float& scale);

}  // namespace newbie::ops::cpu
