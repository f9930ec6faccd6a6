#pragma once
/// What the training steps mean.

#include "ops/optimizer.h"

namespace newbie::ops::reference {

void adamw_step(Tensor& parameter, const AdamWState& state, const Tensor& gradient,
                const AdamWStep& step);
void update_step(Tensor& parameter, const Tensor& master, const Tensor& direction,
                 const float& decay, const float& scale);
void average_step(Tensor& average, const Tensor& x, const float& weight);
void accumulate_step(Tensor& sum, const Tensor& x, const float& scale);
void sum_of_squares(Tensor& sums, const std::vector<Tensor>& tensors);

}  // namespace newbie::ops::reference
