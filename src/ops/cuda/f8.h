#pragma once
/// Products of 8 bits on CUDA devices: e4m3 codes with a scale per row on both sides.

#include "ops/candidate_lists.h"

namespace newbie::ops::cuda {

void quantize_rows(Tensor& codes, const AlsoOut& scales, const Tensor& x);

/// Rows of bf16 on Hopper and newer.
std::string linear_f8_declines(const LinearInput& x, const LinearWeights& weights,
                               const Activation& activation);
void linear_f8(Tensor& out, const LinearInput& x, const LinearWeights& weights,
               const Activation& activation);
std::string gated_linear_f8_declines(const LinearInput& x, const LinearWeights& gate,
                                     const LinearWeights& up, const Activation& activation);
void gated_linear_f8(Tensor& out, const LinearInput& x, const LinearWeights& gate,
                     const LinearWeights& up, const Activation& activation);
std::string gated_linear_to_f8_declines(const AlsoOut& scales, const LinearInput& x,
                                        const LinearWeights& gate, const LinearWeights& up,
                                        const Activation& activation);
void gated_linear_to_f8(Tensor& codes, const AlsoOut& scales, const LinearInput& x,
                        const LinearWeights& gate, const LinearWeights& up,
                        const Activation& activation);

}  // namespace newbie::ops::cuda
