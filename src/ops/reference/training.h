#pragma once
/// What the ops of training.h and matrices.h mean, number by number.

#include <vector>

#include "tensor/rng_newbie.h"
#include "tensor/tensor.h"

namespace newbie::ops::reference {

void matrix_products(Tensor& y, const Tensor& x, const Tensor& w);
void normal_noise(Tensor& y, const NoiseKey& key);
void blend_rows(Tensor& y, const Tensor& x, const std::vector<float>& of_x, const Tensor& z,
                const std::vector<float>& of_z);

}  // namespace newbie::ops::reference
