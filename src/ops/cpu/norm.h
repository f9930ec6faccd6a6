#pragma once
/// The norm family on the host: every row is read from memory once.

#include "ops/norm.h"

namespace newbie::ops::cpu {

void rms_norm(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
              const RmsWeight& kind);
void rms_norm_modulate(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
                       const Tensor& scale, const Packing& sequences);
void add_gated_rms_norm(Tensor& y, const Tensor& x, const Tensor& branch, const Tensor& weight,
                        const float& eps, const Tensor& gate, const Packing& sequences);
void add_rms_norm(Tensor& y, const Tensor& x, const Tensor& branch, const Tensor& weight,
                  const float& eps, const RmsWeight& kind);
void layer_norm(Tensor& y, const Tensor& x, const Tensor& weight, const Tensor& bias,
                const float& eps);
void layer_norm_modulate(Tensor& y, const Tensor& x, const float& eps, const Tensor& scale,
                         const Packing& sequences);
void group_norm(Tensor& y, const Tensor& x, const int64_t& groups, const Tensor& weight,
                const Tensor& bias, const float& eps, const Activation& activation);

}  // namespace newbie::ops::cpu
