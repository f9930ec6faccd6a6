#pragma once
/// Norms with what stands around them, in one pass: the sum before, the modulation after, and the
/// codes that a product of 8 bits takes.

#include <string>

#include "ops/also_out.h"
#include "ops/norm.h"

namespace newbie::ops::cuda {

std::string sum_and_norm_declines(const AlsoOut& normed, const Tensor& x, const Tensor& branch,
                                  const ModulatedNorm& added, const ModulatedNorm& next,
                                  const Packing& sequences);
void sum_and_norm(Tensor& sum, const AlsoOut& normed, const Tensor& x, const Tensor& branch,
                  const ModulatedNorm& added, const ModulatedNorm& next, const Packing& sequences);

std::string sum_and_norm_to_f8_declines(const AlsoOut& codes, const AlsoOut& scales,
                                        const Tensor& x, const Tensor& branch,
                                        const ModulatedNorm& added, const ModulatedNorm& next,
                                        const Packing& sequences);
void sum_and_norm_to_f8(Tensor& sum, const AlsoOut& codes, const AlsoOut& scales, const Tensor& x,
                        const Tensor& branch, const ModulatedNorm& added, const ModulatedNorm& next,
                        const Packing& sequences);

std::string rms_norm_modulate_to_f8_declines(const AlsoOut& scales, const Tensor& x,
                                             const Tensor& weight, const float& eps,
                                             const Tensor& scale, const Packing& sequences);
void rms_norm_modulate_to_f8(Tensor& codes, const AlsoOut& scales, const Tensor& x,
                             const Tensor& weight, const float& eps, const Tensor& scale,
                             const Packing& sequences);

}  // namespace newbie::ops::cuda
