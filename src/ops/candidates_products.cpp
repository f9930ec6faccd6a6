/// Every candidate of products, attention and convolutions, fastest first.

#include "ops/candidate_lists.h"
#include "ops/cpu/attention.h"
#include "ops/cpu/conv.h"
#include "ops/cpu/conv_winograd.h"
#include "ops/cpu/matmul.h"
#include "ops/cpu/onto.h"
#include "ops/cpu/panel_weights.h"
#include "ops/device_candidates.h"
#include "ops/reference/attention.h"
#include "ops/reference/conv.h"
#include "ops/reference/matmul.h"

#if NEWBIE_CUDA
#include "ops/cuda/attention.h"
#include "ops/cuda/conv.h"
#include "ops/cuda/matmul.h"
#endif

namespace newbie::ops {
namespace {

std::string needs_loaded_weight(const Tensor&, const LinearWeights& weights, const Activation&) {
  return weights.weight().defined() ? "" : "the weight was packed";
}

std::string needs_weight_for_sum(const Tensor&, const Tensor&, const LinearWeights& weights) {
  return weights.weight().defined() ? "" : "the weight was packed";
}

std::string needs_loaded_weights(const Tensor&, const LinearWeights& gate, const LinearWeights& up,
                                 const Activation&) {
  return gate.weight().defined() && up.weight().defined() ? "" : "the weights were packed";
}

std::string needs_loaded_kernel(const Tensor&, const ConvWeights& weights, const ConvGeometry&,
                                const Tensor&) {
  return weights.weight().defined() ? "" : "the weight was packed";
}

}  // namespace

std::shared_ptr<const LinearWeights::Prepared> prepare_linear_there(const Tensor& weight,
                                                                    const Tensor& bias,
                                                                    DType compute,
                                                                    Residency residency) {
#if NEWBIE_CUDA
  if (weight.device().kind() == DeviceKind::cuda) {
    return cuda::prepare_linear(weight, bias, compute);
  }
#endif
  static_cast<void>(bias);  // the CPU's products take it as it is
  return cpu::prepare_linear(weight, compute, residency);
}

std::shared_ptr<const ConvWeights::Prepared> prepare_conv_there(const Tensor& weight,
                                                                DType compute) {
#if NEWBIE_CUDA
  if (weight.device().kind() == DeviceKind::cuda) return cuda::prepare_conv(weight, compute);
#endif
  return cpu::prepare_conv(weight, compute);
}

CandidateList<Tensor, LinearWeights, Activation> linear_candidates() {
  static constexpr Candidate<Tensor, LinearWeights, Activation> kList[] = {
      {"onednn", kCpu, cpu::linear_dnnl_declines, cpu::linear_dnnl, kTakesMemory},
      {"panels", kCpu, cpu::linear_panels_declines, cpu::linear_panels, kTakesMemory},
      {"reference", kCpu, needs_loaded_weight, reference::linear},
      NEWBIE_ON_CUDA({"cublas", kCuda, cuda::linear_declines, cuda::linear, kTakesMemory})};
  return kList;
}

CandidateList<Tensor, Tensor, LinearWeights> linear_onto_candidates() {
  static constexpr Candidate<Tensor, Tensor, LinearWeights> kList[] = {
      {"two passes", kCpu, declines_doubles, cpu::linear_onto, kTakesMemory},
      {"reference", kCpu, needs_weight_for_sum, reference::linear_onto},
      NEWBIE_ON_CUDA(
          {"cublas", kCuda, cuda::linear_onto_declines, cuda::linear_onto, kTakesMemory})};
  return kList;
}

CandidateList<Tensor, LinearWeights, LinearWeights, Activation> gated_linear_candidates() {
  static constexpr Candidate<Tensor, LinearWeights, LinearWeights, Activation> kList[] = {
      {"onednn", kCpu, cpu::gated_linear_dnnl_declines, cpu::gated_linear_dnnl, kTakesMemory},
      {"panels", kCpu, cpu::gated_linear_panels_declines, cpu::gated_linear_panels, kTakesMemory},
      {"reference", kCpu, needs_loaded_weights, reference::gated_linear},
      NEWBIE_ON_CUDA(
          {"cublas", kCuda, cuda::gated_linear_declines, cuda::gated_linear, kTakesMemory})};
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, Packing, AttentionOptions, KeepAttention>
attention_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, Packing, AttentionOptions, KeepAttention>
      kList[] = {
          {"bf16 tiles", kCpu, cpu::attention_bf16_declines, cpu::attention_bf16, kTakesMemory},
          {"f32 tiles", kCpu, declines_doubles, cpu::attention_f32, kTakesMemory},
          {"reference", kCpu, accepts_all, reference::attention},
          NEWBIE_ON_CUDA(
              {"ragged", kCuda, cuda::attention_ragged_declines, cuda::attention_ragged,
               kTakesMemory},
              {"cudnn", kCuda, cuda::attention_fused_declines, cuda::attention_fused, kTakesMemory},
              {"plain", kCuda, cuda::attention_plain_declines, cuda::attention_plain},
              {"products", kCuda, accepts_all, cuda::attention_products, kTakesMemory})};
  return kList;
}

CandidateList<Tensor, ConvWeights, ConvGeometry, Tensor> conv2d_candidates() {
  static constexpr Candidate<Tensor, ConvWeights, ConvGeometry, Tensor> kList[] = {
      {"winograd", kCpu, cpu::conv2d_winograd_declines, cpu::conv2d_winograd, kTakesMemory},
      {"onednn", kCpu, cpu::conv2d_dnnl_declines, cpu::conv2d_dnnl, kTakesMemory},
      {"reference", kCpu, needs_loaded_kernel, reference::conv2d},
      NEWBIE_ON_CUDA({"cudnn", kCuda, cuda::conv2d_declines, cuda::conv2d})};
  return kList;
}

}  // namespace newbie::ops
