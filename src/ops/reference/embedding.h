#pragma once
/// What ops/embedding.h means.

#include "ops/embedding.h"

namespace newbie::ops::reference {

void embedding(Tensor& y, const Tensor& table, const std::span<const int32_t>& ids,
               const float& scale);

}  // namespace newbie::ops::reference
