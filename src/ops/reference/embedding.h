#pragma once
/// What ops/embedding.h means.

#include "ops/embedding.h"

namespace newbie::ops::reference {

void embedding(Tensor& y, const Tensor& table, const std::span<const int32_t>& ids,
               const float& scale);
void sinusoids(Tensor& y, const std::span<const float>& t, const int64_t& count, const float& base);

}  // namespace newbie::ops::reference
