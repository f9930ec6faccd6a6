#pragma once
/// The norm family on NVIDIA devices: a row stays in registers between its statistics and its
/// result; an image is read twice.

#include <string>

#include "ops/norm.h"

namespace newbie::ops::cuda {

/// Takes rows that fit the registers of a block.
std::string rms_norm_declines(const Tensor& x, const Tensor& weight, const float& eps,
                              const RmsWeight& kind);
void rms_norm(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
              const RmsWeight& kind);
/// Also: as many sequences as a launch can name.
std::string rms_norm_modulate_declines(const Tensor& x, const Tensor& weight, const float& eps,
                                       const Tensor& scale, const Packing& sequences);
void rms_norm_modulate(Tensor& y, const Tensor& x, const Tensor& weight, const float& eps,
                       const Tensor& scale, const Packing& sequences);
std::string add_gated_rms_norm_declines(const Tensor& x, const Tensor& branch, const Tensor& weight,
                                        const float& eps, const Tensor& gate,
                                        const Packing& sequences);
void add_gated_rms_norm(Tensor& y, const Tensor& x, const Tensor& branch, const Tensor& weight,
                        const float& eps, const Tensor& gate, const Packing& sequences);
std::string add_rms_norm_declines(const Tensor& x, const Tensor& branch, const Tensor& weight,
                                  const float& eps, const RmsWeight& kind);
void add_rms_norm(Tensor& y, const Tensor& x, const Tensor& branch, const Tensor& weight,
                  const float& eps, const RmsWeight& kind);
std::string layer_norm_declines(const Tensor& x, const Tensor& weight, const Tensor& bias,
                                const float& eps);
void layer_norm(Tensor& y, const Tensor& x, const Tensor& weight, const Tensor& bias,
                const float& eps);
std::string layer_norm_modulate_declines(const Tensor& x, const float& eps, const Tensor& scale,
                                         const Packing& sequences);
void layer_norm_modulate(Tensor& y, const Tensor& x, const float& eps, const Tensor& scale,
                         const Packing& sequences);
void group_norm(Tensor& y, const Tensor& x, const int64_t& groups, const Tensor& weight,
                const Tensor& bias, const float& eps, const Activation& activation);

}  // namespace newbie::ops::cuda
