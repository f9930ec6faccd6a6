#pragma once
/// Numbers that come to the host while the device goes on.

#include "ops/reduce.h"

namespace newbie::ops::cuda {

/// An i64 [1] on its way to the host.
std::shared_ptr<FiniteCheck::Answer> answer_of(const Tensor& number);

}  // namespace newbie::ops::cuda
