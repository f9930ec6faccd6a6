#pragma once
/// The candidates of every op with more than one implementation; the lists are in candidates.cpp.

#include "ops/attention.h"
#include "ops/candidates.h"
#include "ops/conv.h"
#include "ops/matmul.h"

namespace newbie::ops {

CandidateList<Tensor, LinearWeights, Activation> linear_candidates();
CandidateList<Tensor, LinearWeights, LinearWeights, Activation> gated_linear_candidates();
CandidateList<Tensor, Tensor, Tensor, Packing, AttentionOptions> attention_candidates();
CandidateList<Tensor, ConvWeights, ConvGeometry, Tensor> conv2d_candidates();

}  // namespace newbie::ops
