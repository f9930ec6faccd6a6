/// Every candidate of the ops that only training calls.

#include "ops/candidates_training.h"

#include "ops/candidate_lists.h"
#include "ops/cpu/matrices.h"
#include "ops/cpu/optimizer.h"
#include "ops/cpu/training.h"
#include "ops/device_candidates.h"
#include "ops/reference/optimizer.h"
#include "ops/reference/sequences.h"
#include "ops/reference/training.h"

#if NEWBIE_CUDA
#include "ops/cuda/optimizer.h"
#include "ops/cuda/sequences.h"
#include "ops/cuda/training.h"
#endif

namespace newbie::ops {
namespace {

/// The host multiplies with weights in two types.
std::string products_decline(const Tensor& x, const Tensor&) {
  return x.dtype() == DType::f32 || x.dtype() == DType::bf16 ? "" : "f32 and bf16 only";
}

}  // namespace

CandidateList<Tensor, Packing, Tensor, Packing> join_sequences_candidates() {
  static constexpr Candidate<Tensor, Packing, Tensor, Packing> kList[] = {
      {"reference", kCpu, accepts_all, reference::join_sequences},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::join_sequences})};
  return kList;
}

CandidateList<Tensor, Packing, Packing> part_sequences_candidates() {
  static constexpr Candidate<Tensor, Packing, Packing> kList[] = {
      {"reference", kCpu, accepts_all, reference::part_sequences},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::part_sequences})};
  return kList;
}

CandidateList<Tensor, Packing, HeadPadding> pad_heads_candidates() {
  static constexpr Candidate<Tensor, Packing, HeadPadding> kList[] = {
      {"reference", kCpu, accepts_all, reference::pad_heads},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::pad_heads})};
  return kList;
}

CandidateList<Tensor, Packing, int64_t> unpad_heads_candidates() {
  static constexpr Candidate<Tensor, Packing, int64_t> kList[] = {
      {"reference", kCpu, accepts_all, reference::unpad_heads},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::unpad_heads})};
  return kList;
}

CandidateList<Tensor, Tensor> matrix_products_candidates() {
  static constexpr Candidate<Tensor, Tensor> kList[] = {
      {"one by one", kCpu, products_decline, cpu::matrix_products, kTakesMemory},
      {"reference", kCpu, accepts_all, reference::matrix_products},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::matrix_products})};
  return kList;
}

CandidateList<NoiseKey> normal_noise_candidates() {
  static constexpr Candidate<NoiseKey> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::normal_noise},
      {"reference", kCpu, accepts_all, reference::normal_noise},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::normal_noise})};
  return kList;
}

CandidateList<Tensor, std::vector<float>, Tensor, std::vector<float>> blend_rows_candidates() {
  static constexpr Candidate<Tensor, std::vector<float>, Tensor, std::vector<float>> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::blend_rows},
      {"reference", kCpu, accepts_all, reference::blend_rows},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::blend_rows})};
  return kList;
}

CandidateList<Tensor, RopeLines, std::span<const int32_t>> rope_rows_candidates() {
  static constexpr Candidate<Tensor, RopeLines, std::span<const int32_t>> kList[] = {
      {"reference", kCpu, accepts_all, reference::rope_rows},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::rope_rows})};
  return kList;
}

CandidateList<AdamWState, Tensor, AdamWStep> adamw_step_candidates() {
  static constexpr Candidate<AdamWState, Tensor, AdamWStep> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::adamw_step},
      {"reference", kCpu, accepts_all, reference::adamw_step},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::adamw_step})};
  return kList;
}

CandidateList<Tensor, Tensor, float, float> update_step_candidates() {
  static constexpr Candidate<Tensor, Tensor, float, float> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::update_step},
      {"reference", kCpu, accepts_all, reference::update_step},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::update_step})};
  return kList;
}

CandidateList<Tensor, float> average_step_candidates() {
  static constexpr Candidate<Tensor, float> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::average_step},
      {"reference", kCpu, accepts_all, reference::average_step},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::average_step})};
  return kList;
}

CandidateList<Tensor, float> accumulate_step_candidates() {
  static constexpr Candidate<Tensor, float> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::accumulate_step},
      {"reference", kCpu, accepts_all, reference::accumulate_step},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::accumulate_step})};
  return kList;
}

CandidateList<std::vector<Tensor>> sum_of_squares_candidates() {
  static constexpr Candidate<std::vector<Tensor>> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::sum_of_squares},
      {"reference", kCpu, accepts_all, reference::sum_of_squares},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::sum_of_squares})};
  return kList;
}

}  // namespace newbie::ops
