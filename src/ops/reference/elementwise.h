#pragma once
/// What the ops of ops/elementwise.h mean, in double, one element at a time.

#include "ops/elementwise.h"

namespace newbie::ops::reference {

/// act(x) in double.
double activated(Activation activation, double x);

void activate(Tensor& y, const Tensor& x, const Activation& activation);
void add(Tensor& y, const Tensor& a, const Tensor& b);
void gated(Tensor& y, const Tensor& gate, const Tensor& up, const Activation& activation);
void combine(Tensor& y, const std::vector<std::pair<float, Tensor>>& terms);
void affine(Tensor& y, const Tensor& x, const float& scale, const float& shift);
void clamp(Tensor& y, const Tensor& x, const float& low, const float& high);
void cast(Tensor& y, const Tensor& x, const DType& dtype);

}  // namespace newbie::ops::reference
