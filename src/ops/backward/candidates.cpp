/// Every candidate of every gradient, fastest first. To add an implementation, add its line here.

#include "ops/backward/candidates.h"

#include "ops/cpu/backward.h"
#include "ops/cpu/onto.h"
#include "ops/device_candidates.h"
#include "ops/reference/backward.h"

#if NEWBIE_CUDA
#include "ops/cuda/backward.h"
#endif

namespace newbie::ops {

CandidateList<Tensor, LinearWeights> linear_input_gradient_candidates() {
  static constexpr Candidate<Tensor, LinearWeights> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::linear_input_gradient, kTakesMemory},
      {"reference", kCpu, accepts_all, reference::linear_input_gradient},
      NEWBIE_ON_CUDA(
          {"cuda", kCuda, cuda::linear_input_gradient_declines, cuda::linear_input_gradient})};
  return kList;
}

CandidateList<Tensor, Tensor, LinearWeights> linear_input_gradient_onto_candidates() {
  static constexpr Candidate<Tensor, Tensor, LinearWeights> kList[] = {
      {"two passes", kCpu, accepts_all, cpu::linear_input_gradient_onto, kTakesMemory},
      NEWBIE_ON_CUDA({"cuda", kCuda, cuda::linear_input_gradient_onto_declines,
                      cuda::linear_input_gradient_onto})};
  return kList;
}

CandidateList<Tensor, Tensor> linear_weight_gradient_candidates() {
  static constexpr Candidate<Tensor, Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::linear_weight_gradient, kTakesMemory},
      {"reference", kCpu, accepts_all, reference::linear_weight_gradient},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::linear_weight_gradient, kTakesMemory})};
  return kList;
}

CandidateList<Tensor, Tensor, Activation> activate_backward_candidates() {
  static constexpr Candidate<Tensor, Tensor, Activation> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::activate_backward},
      {"reference", kCpu, accepts_all, reference::activate_backward},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::activate_backward})};
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, Tensor, Activation> gated_backward_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, Tensor, Activation> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::gated_backward},
      {"reference", kCpu, accepts_all, reference::gated_backward},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::gated_backward})};
  return kList;
}

CandidateList<Tensor, Tensor, float, float> clamp_backward_candidates() {
  static constexpr Candidate<Tensor, Tensor, float, float> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::clamp_backward},
      {"reference", kCpu, accepts_all, reference::clamp_backward},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::clamp_backward})};
  return kList;
}

CandidateList<Tensor> sum_rows_candidates() {
  static constexpr Candidate<Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::sum_rows},
      {"reference", kCpu, accepts_all, reference::sum_rows},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::sum_rows})};
  return kList;
}

CandidateList<Tensor> add_to_candidates() {
  static constexpr Candidate<Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::add_to},
      {"reference", kCpu, accepts_all, reference::add_to},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::add_to})};
  return kList;
}

CandidateList<RowSums, Tensor, Tensor, Tensor, RowStatistic, float, Packing>
row_norm_backward_candidates() {
  static constexpr Candidate<RowSums, Tensor, Tensor, Tensor, RowStatistic, float, Packing>
      kList[] = {{"cpu", kCpu, declines_doubles, cpu::row_norm_backward},
                 {"reference", kCpu, accepts_all, reference::row_norm_backward},
                 NEWBIE_ON_CUDA(
                     {"warps", kCuda, cuda::rms_rows_backward_declines, cuda::rms_rows_backward},
                     {"cuda", kCuda, cuda::row_norm_backward_declines, cuda::row_norm_backward})};
  return kList;
}

CandidateList<Tensor, RmsWeight, Tensor, Modulation> row_factors_candidates() {
  static constexpr Candidate<Tensor, RmsWeight, Tensor, Modulation> kList[] = {
      {"reference", kCpu, accepts_all, reference::row_factors},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::row_factors})};
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, RmsWeight, Tensor, Modulation>
row_factors_backward_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, RmsWeight, Tensor, Modulation> kList[] = {
      {"reference", kCpu, accepts_all, reference::row_factors_backward},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::row_factors_backward})};
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, Tensor, int64_t, Tensor, Tensor, float, Activation>
group_norm_backward_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, Tensor, int64_t, Tensor, Tensor, float,
                             Activation>
      kList[] = {{"cpu", kCpu, declines_doubles, cpu::group_norm_backward},
                 {"reference", kCpu, accepts_all, reference::group_norm_backward},
                 NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::group_norm_backward})};
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Packing, AttentionOptions,
              KeptAttention>
attention_backward_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Packing,
                             AttentionOptions, KeptAttention>
      kList[] = {
          {"cpu", kCpu, declines_doubles, cpu::attention_backward, kTakesMemory},
          {"reference", kCpu, accepts_all, reference::attention_backward},
          NEWBIE_ON_CUDA({"ragged", kCuda, cuda::attention_backward_ragged_declines,
                          cuda::attention_backward_ragged, kTakesMemory},
                         {"cudnn", kCuda, cuda::attention_backward_fused_declines,
                          cuda::attention_backward_fused, kTakesMemory},
                         {"products", kCuda, accepts_all, cuda::attention_backward, kTakesMemory})};
  return kList;
}

CandidateList<Tensor, Tensor, ConvGeometry> conv2d_input_gradient_candidates() {
  static constexpr Candidate<Tensor, Tensor, ConvGeometry> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::conv2d_input_gradient},
      {"reference", kCpu, accepts_all, reference::conv2d_input_gradient},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::conv2d_input_gradient})};
  return kList;
}

CandidateList<Tensor, Tensor, ConvGeometry> conv2d_weight_gradient_candidates() {
  static constexpr Candidate<Tensor, Tensor, ConvGeometry> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::conv2d_weight_gradient},
      {"reference", kCpu, accepts_all, reference::conv2d_weight_gradient},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::conv2d_weight_gradient})};
  return kList;
}

CandidateList<Tensor, int64_t, int64_t, int64_t> place_candidates() {
  static constexpr Candidate<Tensor, int64_t, int64_t, int64_t> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::place},
      {"reference", kCpu, accepts_all, reference::place},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::place})};
  return kList;
}

CandidateList<Tensor> average_2x2_candidates() {
  static constexpr Candidate<Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::average_2x2},
      {"reference", kCpu, accepts_all, reference::average_2x2},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::average_2x2})};
  return kList;
}

CandidateList<Tensor, std::vector<int64_t>, float> scatter_rows_candidates() {
  static constexpr Candidate<Tensor, std::vector<int64_t>, float> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::scatter_rows},
      {"reference", kCpu, accepts_all, reference::scatter_rows},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::scatter_rows})};
  return kList;
}

CandidateList<Tensor, Packing> spread_rows_candidates() {
  static constexpr Candidate<Tensor, Packing> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::spread_rows},
      {"reference", kCpu, accepts_all, reference::spread_rows},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::spread_rows})};
  return kList;
}

CandidateList<Tensor, Tensor, Distance, float> mean_distance_candidates() {
  static constexpr Candidate<Tensor, Tensor, Distance, float> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::mean_distance},
      {"reference", kCpu, accepts_all, reference::mean_distance},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::mean_distance})};
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, Distance, float> mean_distance_backward_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, Distance, float> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::mean_distance_backward},
      {"reference", kCpu, accepts_all, reference::mean_distance_backward},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::mean_distance_backward})};
  return kList;
}

CandidateList<Tensor, std::vector<int32_t>> cross_entropy_candidates() {
  static constexpr Candidate<Tensor, std::vector<int32_t>> kList[] = {
      {"reference", kCpu, accepts_all, reference::cross_entropy},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::cross_entropy})};
  return kList;
}

CandidateList<Tensor, Tensor, std::vector<int32_t>> cross_entropy_backward_candidates() {
  static constexpr Candidate<Tensor, Tensor, std::vector<int32_t>> kList[] = {
      {"reference", kCpu, accepts_all, reference::cross_entropy_backward},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::cross_entropy_backward})};
  return kList;
}

CandidateList<Tensor, Tensor> normal_divergence_candidates() {
  static constexpr Candidate<Tensor, Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::normal_divergence},
      {"reference", kCpu, accepts_all, reference::normal_divergence},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::normal_divergence})};
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, Tensor> normal_divergence_backward_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::normal_divergence_backward},
      {"reference", kCpu, accepts_all, reference::normal_divergence_backward},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::normal_divergence_backward})};
  return kList;
}

CandidateList<Tensor, Tensor, Tensor> sample_normal_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::sample_normal},
      {"reference", kCpu, accepts_all, reference::sample_normal},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::sample_normal})};
  return kList;
}

CandidateList<Tensor, Tensor, Tensor> sample_normal_backward_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::sample_normal_backward},
      {"reference", kCpu, accepts_all, reference::sample_normal_backward},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::sample_normal_backward})};
  return kList;
}

}  // namespace newbie::ops
