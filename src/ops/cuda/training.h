#pragma once
/// Noise and mixtures of training batches on NVIDIA devices.

#include <vector>

#include "tensor/rng_newbie.h"
#include "tensor/tensor.h"

namespace newbie::ops::cuda {

void normal_noise(Tensor& y, const NoiseKey& key);
void blend_rows(Tensor& y, const Tensor& x, const std::vector<float>& of_x, const Tensor& z,
                const std::vector<float>& of_z);

}  // namespace newbie::ops::cuda
