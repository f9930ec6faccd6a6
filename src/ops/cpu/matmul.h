#pragma once
/// Products on the CPU: oneDNN where its bytes do not depend on the batch, else our own kernel.

#include "ops/matmul.h"

namespace newbie::ops::cpu {

/// Picks the implementation that this processor runs best and lays the weight out for it.
std::shared_ptr<const LinearWeights::Prepared> prepare_linear(const Tensor& weight, DType compute,
                                                              Residency residency);

std::string linear_dnnl_declines(const Tensor& x, const LinearWeights& weights,
                                 const Activation& activation);
void linear_dnnl(Tensor& out, const Tensor& x, const LinearWeights& weights,
                 const Activation& activation);
std::string gated_linear_dnnl_declines(const Tensor& x, const LinearWeights& gate,
                                       const LinearWeights& up, const Activation& activation);
void gated_linear_dnnl(Tensor& out, const Tensor& x, const LinearWeights& gate,
                       const LinearWeights& up, const Activation& activation);

}  // namespace newbie::ops::cpu
