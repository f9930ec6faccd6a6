#pragma once
/// The candidates of ops that only training calls; the lists are in candidates_training.cpp.

#include <span>
#include <vector>

#include "ops/candidates.h"
#include "ops/rope_lines.h"
#include "ops/sequences.h"
#include "tensor/rng_newbie.h"

namespace newbie::ops {

CandidateList<Tensor, Packing, Tensor, Packing> join_sequences_candidates();
CandidateList<Tensor, Packing, Packing> part_sequences_candidates();
CandidateList<Tensor, Packing, HeadPadding> pad_heads_candidates();
CandidateList<Tensor, Packing, int64_t> unpad_heads_candidates();
CandidateList<Tensor, Tensor> matrix_products_candidates();
CandidateList<NoiseKey> normal_noise_candidates();
CandidateList<Tensor, std::vector<float>, Tensor, std::vector<float>> blend_rows_candidates();
/// out [2,S,pairs]: cos, then sin, from lines [2,N] by positions [S*axes].
CandidateList<Tensor, RopeLines, std::span<const int32_t>> rope_rows_candidates();

}  // namespace newbie::ops
