#pragma once
/// The candidates of gradients and losses; the lists are in candidates.cpp of this folder.

#include "ops/backward/attention.h"
#include "ops/backward/conv.h"
#include "ops/backward/elementwise.h"
#include "ops/backward/matmul.h"
#include "ops/backward/norm.h"
#include "ops/backward/shape.h"
#include "ops/candidates.h"
#include "ops/loss.h"

namespace newbie::ops {

CandidateList<Tensor, LinearWeights> linear_input_gradient_candidates();
CandidateList<Tensor, Tensor, LinearWeights> linear_input_gradient_onto_candidates();
CandidateList<Tensor, Tensor> linear_weight_gradient_candidates();
CandidateList<Tensor, Tensor, Activation> activate_backward_candidates();
CandidateList<Tensor, Tensor, Tensor, Tensor, Activation> gated_backward_candidates();
CandidateList<Tensor, Tensor, float, float> clamp_backward_candidates();
CandidateList<Tensor> sum_rows_candidates();
CandidateList<Tensor> add_to_candidates();
CandidateList<RowSums, Tensor, Tensor, Tensor, RowStatistic, float, Packing>
row_norm_backward_candidates();
CandidateList<Tensor, RmsWeight, Tensor, Modulation> row_factors_candidates();
CandidateList<Tensor, Tensor, Tensor, RmsWeight, Tensor, Modulation>
row_factors_backward_candidates();
CandidateList<Tensor, Tensor, Tensor, Tensor, int64_t, Tensor, Tensor, float, Activation>
group_norm_backward_candidates();
CandidateList<Tensor, Tensor, Tensor, Tensor, Tensor, Tensor, Packing, AttentionOptions,
              KeptAttention>
attention_backward_candidates();
CandidateList<Tensor, Tensor, ConvGeometry> conv2d_input_gradient_candidates();
CandidateList<Tensor, Tensor, ConvGeometry> conv2d_weight_gradient_candidates();
CandidateList<Tensor, int64_t, int64_t, int64_t> place_candidates();
CandidateList<Tensor> average_2x2_candidates();
CandidateList<Tensor, std::vector<int64_t>, float> scatter_rows_candidates();
CandidateList<Tensor, Packing> spread_rows_candidates();
CandidateList<Tensor, Tensor, Distance, float> mean_distance_candidates();
CandidateList<Tensor, Tensor, Tensor, Distance, float> mean_distance_backward_candidates();
CandidateList<Tensor, std::vector<int32_t>> cross_entropy_candidates();
CandidateList<Tensor, Tensor, std::vector<int32_t>> cross_entropy_backward_candidates();
CandidateList<Tensor, Tensor> normal_divergence_candidates();
CandidateList<Tensor, Tensor, Tensor, Tensor> normal_divergence_backward_candidates();
CandidateList<Tensor, Tensor, Tensor> sample_normal_candidates();
CandidateList<Tensor, Tensor, Tensor> sample_normal_backward_candidates();

}  // namespace newbie::ops
