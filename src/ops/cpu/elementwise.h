#pragma once
/// The elementwise family on the host: vector loops over pieces of memory.

#include "ops/elementwise.h"

namespace newbie::ops::cpu {

void activate(Tensor& y, const Tensor& x, const Activation& activation);
void add(Tensor& y, const Tensor& a, const Tensor& b);
void gated(Tensor& y, const Tensor& gate, const Tensor& up, const Activation& activation);
void combine(Tensor& y, const std::vector<std::pair<float, Tensor>>& terms);
void affine(Tensor& y, const Tensor& x, const float& scale, const float& shift);
void clamp(Tensor& y, const Tensor& x, const float& low, const float& high);
/// From f32, bf16, f16 and both f8 to f32, bf16 and f16.
std::string cast_declines(const Tensor& x, const DType& dtype);
void cast(Tensor& y, const Tensor& x, const DType& dtype);

}  // namespace newbie::ops::cpu
