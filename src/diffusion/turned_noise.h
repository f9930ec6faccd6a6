#pragma once
/// Small steps from one noise towards another, for variations of a picture.

#include "tensor/tensor.h"

namespace newbie::diffusion {

/// Each image of `from` turned towards its partner in `to` by `share` of the angle between them:
/// sin((1-s) a) / sin a * from + sin(s a) / sin a * to. Unlike a plain mixture this stays standard
/// normal noise. 0 is `from` and 1 is `to`, bit for bit. The result lies where `from` lies.
/// Shapes: [B,C,h,w] both. Types: f32; computed in double, image by image, on the host.
/// Source: Shoemake, "Animating rotation with quaternion curves", 1985 (slerp).
Tensor turned_noise(const Tensor& from, const Tensor& to, double share);

}  // namespace newbie::diffusion
