#pragma once
/// The candidates of every op with more than one implementation; the lists are in candidates_*.cpp.

#include "ops/also_out.h"
#include "ops/attention.h"
#include "ops/candidates.h"
#include "ops/conv.h"
#include "ops/kept_attention.h"
#include "ops/matmul.h"
#include "ops/norm.h"
#include "ops/optimizer.h"
#include "ops/reduce.h"
#include "ops/rope.h"

namespace newbie::ops {

/// Weights laid out as the implementations on the weight's own device like them; nullptr when those
/// take them as they are.
std::shared_ptr<const LinearWeights::Prepared> prepare_linear_there(const Tensor& weight,
                                                                    const Tensor& bias,
                                                                    DType compute,
                                                                    Residency residency);
std::shared_ptr<const ConvWeights::Prepared> prepare_conv_there(const Tensor& weight,
                                                                DType compute);

/// Starts the libraries of an NVIDIA device.
void start_there(const Device& device);

/// An i64 on its way from its device to the host; nullptr where the host reads it as it lies.
std::shared_ptr<FiniteCheck::Answer> answer_of_device(const Tensor& number);

// matmul, attention, conv
CandidateList<Tensor, LinearWeights, Activation> linear_candidates();
CandidateList<Tensor, Tensor, LinearWeights> linear_onto_candidates();
CandidateList<Tensor, LinearWeights, LinearWeights, Activation> gated_linear_candidates();
CandidateList<Tensor, Tensor, Tensor, Packing, AttentionOptions, KeepAttention>
attention_candidates();
CandidateList<Tensor, ConvWeights, ConvGeometry, Tensor> conv2d_candidates();

// f8 (candidates_f8.cpp)
CandidateList<AlsoOut, Tensor> quantize_rows_candidates();
CandidateList<LinearInput, LinearWeights, Activation> linear_f8_candidates();
CandidateList<LinearInput, LinearWeights, LinearWeights, Activation> gated_linear_f8_candidates();
CandidateList<AlsoOut, LinearInput, LinearWeights, LinearWeights, Activation>
gated_linear_to_f8_candidates();
CandidateList<AlsoOut, Tensor, Tensor, float, Tensor, Packing> rms_norm_modulate_to_f8_candidates();

// elementwise
CandidateList<Tensor, Activation> activate_candidates();
CandidateList<Tensor, Tensor> add_candidates();
CandidateList<Tensor, Tensor, Activation> gated_candidates();
CandidateList<std::vector<std::pair<float, Tensor>>> combine_candidates();
CandidateList<Tensor, float, float> affine_candidates();
CandidateList<Tensor, float, float> clamp_candidates();
CandidateList<Tensor, DType> cast_candidates();

// reduce
CandidateList<Tensor, Packing> mean_rows_candidates();
CandidateList<Tensor> norms_candidates();
CandidateList<Tensor> first_non_finite_candidates();
CandidateList<Tensor, Tensor, NormMatch, float> match_norms_candidates();

// shape
CandidateList<std::vector<Tensor>> concat_rows_candidates();
CandidateList<std::vector<Tensor>> concat_columns_candidates();
CandidateList<Tensor, int64_t> take_columns_candidates();
CandidateList<Tensor> split_evenly_candidates();
CandidateList<Tensor, std::vector<int64_t>> take_rows_candidates();
CandidateList<Tensor> transpose_candidates();
CandidateList<Tensor, int64_t, int64_t> crop_candidates();
CandidateList<Tensor> upsample_nearest_2x_candidates();
CandidateList<Tensor, int64_t> patchify_candidates();
CandidateList<Tensor, int64_t> unpatchify_candidates();

// embedding
CandidateList<Tensor, std::span<const int32_t>, float> embedding_candidates();
CandidateList<std::span<const float>, int64_t, float> sinusoids_candidates();

// norm
CandidateList<Tensor, Tensor, float, RmsWeight> rms_norm_candidates();
CandidateList<Tensor, Tensor, float, Tensor, Packing> rms_norm_modulate_candidates();
CandidateList<Tensor, Tensor, Tensor, float, Tensor, Packing> add_gated_rms_norm_candidates();
CandidateList<AlsoOut, Tensor, Tensor, ModulatedNorm, ModulatedNorm, Packing>
add_gated_rms_norm_modulate_candidates();
CandidateList<AlsoOut, AlsoOut, Tensor, Tensor, ModulatedNorm, ModulatedNorm, Packing>
add_gated_rms_norm_modulate_to_f8_candidates();
CandidateList<Tensor, Tensor, Tensor, float, RmsWeight> add_rms_norm_candidates();
CandidateList<Tensor, Tensor, Tensor, float> layer_norm_candidates();
CandidateList<Tensor, float, Tensor, Packing> layer_norm_modulate_candidates();
CandidateList<Tensor, int64_t, Tensor, Tensor, float, Activation> group_norm_candidates();

// rope
CandidateList<Tensor, RopeTable, RopeLayout> rope_candidates();
CandidateList<Tensor, Tensor, float, RmsWeight, RopeTable, RopeLayout> rms_norm_rope_candidates();
CandidateList<Tensor, int64_t, int64_t, Tensor, Tensor, float, RopeTable, RopeLayout>
split_heads_norm_rope_candidates();

// optimizer
CandidateList<AdamWState, Tensor, AdamWStep> adamw_step_candidates();
CandidateList<Tensor, Tensor, float, float> update_step_candidates();
CandidateList<Tensor, float> average_step_candidates();
CandidateList<Tensor, float> accumulate_step_candidates();
CandidateList<std::vector<Tensor>> sum_of_squares_candidates();

}  // namespace newbie::ops
