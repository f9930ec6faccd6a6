#pragma once
/// Small ops of training steps, which spare a device what a host would send it.

#include <vector>

#include "tensor/rng_newbie.h"
#include "tensor/tensor.h"

namespace newbie::ops {

/// The normal values of fill_normal(key, 0), made where they are needed: the same bytes on every
/// device. Type: f32.
Tensor normal_noise(const NoiseKey& key, const Shape& shape, const Device& device);

/// y_b = of_x[b] x_b + of_z[b] z_b, rounded once. Shapes: x, z [B,...] alike. Types: f32. Nothing
/// is recorded.
Tensor blend_rows(const Tensor& x, const std::vector<float>& of_x, const Tensor& z,
                  const std::vector<float>& of_z);

}  // namespace newbie::ops
