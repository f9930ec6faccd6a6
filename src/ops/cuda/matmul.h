#pragma once
/// Products with weights on CUDA devices.

#include "ops/matmul.h"

namespace newbie::ops::cuda {

/// Starts the device's libraries and takes the scratch memory that they share.
void start(const Device& device);
/// Those of cuBLASLt and cuDNN.
std::vector<std::pair<std::string, std::string>> library_versions();

/// Keeps weight and bias on their device in the type that computes.
std::shared_ptr<const LinearWeights::Prepared> prepare_linear(const Tensor& weight,
                                                              const Tensor& bias, DType compute);

/// Whether weights_as_rows has them; [out,in] in `type`, converted just now where they are not.
bool has_rows(const LinearWeights& weights);
Tensor weights_as_rows(const LinearWeights& weights, DType type);

std::string linear_declines(const Tensor& x, const LinearWeights& weights,
                            const Activation& activation);
void linear(Tensor& out, const Tensor& x, const LinearWeights& weights,
            const Activation& activation);
std::string linear_onto_declines(const Tensor& sum, const Tensor& x, const LinearWeights& weights);
void linear_onto(Tensor& out, const Tensor& sum, const Tensor& x, const LinearWeights& weights);
std::string gated_linear_declines(const Tensor& x, const LinearWeights& gate,
                                  const LinearWeights& up, const Activation& activation);
void gated_linear(Tensor& out, const Tensor& x, const LinearWeights& gate, const LinearWeights& up,
                  const Activation& activation);

}  // namespace newbie::ops::cuda
