#pragma once
/// Products of many matrices, each as a product with weights.

#include "tensor/tensor.h"

namespace newbie::ops::cpu {

void matrix_products(Tensor& y, const Tensor& x, const Tensor& w);

}  // namespace newbie::ops::cpu
