/// Every candidate of the ops that only training calls.

#include "ops/candidates_training.h"

#include "ops/cpu/matrices.h"
#include "ops/cpu/training.h"
#include "ops/reference/sequences.h"
#include "ops/reference/training.h"

#if NEWBIE_CUDA
#include "ops/cuda/sequences.h"
#include "ops/cuda/training.h"
#define NEWBIE_CUDA_CANDIDATE(run) {"cuda", DeviceKind::cuda, accepts_all, run},
#else
#define NEWBIE_CUDA_CANDIDATE(run)
#endif

namespace newbie::ops {
namespace {

constexpr DeviceKind kCpu = DeviceKind::cpu;

/// The host multiplies with weights in two types.
std::string products_decline(const Tensor& x, const Tensor&) {
  return x.dtype() == DType::f32 || x.dtype() == DType::bf16 ? "" : "f32 and bf16 only";
}

}  // namespace

CandidateList<Tensor, Packing, Tensor, Packing> join_sequences_candidates() {
  static constexpr Candidate<Tensor, Packing, Tensor, Packing> kList[] = {NEWBIE_CUDA_CANDIDATE(
      cuda::join_sequences){"reference", kCpu, accepts_all, reference::join_sequences}};
  return kList;
}

CandidateList<Tensor, Packing, Packing> part_sequences_candidates() {
  static constexpr Candidate<Tensor, Packing, Packing> kList[] = {NEWBIE_CUDA_CANDIDATE(
      cuda::part_sequences){"reference", kCpu, accepts_all, reference::part_sequences}};
  return kList;
}

CandidateList<Tensor, Packing, HeadPadding> pad_heads_candidates() {
  static constexpr Candidate<Tensor, Packing, HeadPadding> kList[] = {
      NEWBIE_CUDA_CANDIDATE(cuda::pad_heads){"reference", kCpu, accepts_all, reference::pad_heads}};
  return kList;
}

CandidateList<Tensor, Packing, int64_t> unpad_heads_candidates() {
  static constexpr Candidate<Tensor, Packing, int64_t> kList[] = {NEWBIE_CUDA_CANDIDATE(
      cuda::unpad_heads){"reference", kCpu, accepts_all, reference::unpad_heads}};
  return kList;
}

CandidateList<Tensor, Tensor> matrix_products_candidates() {
  static constexpr Candidate<Tensor, Tensor> kList[] = {
      NEWBIE_CUDA_CANDIDATE(cuda::matrix_products){"one by one", kCpu, products_decline,
                                                   cpu::matrix_products},
      {"reference", kCpu, accepts_all, reference::matrix_products}};
  return kList;
}

CandidateList<NoiseKey> normal_noise_candidates() {
  static constexpr Candidate<NoiseKey> kList[] = {
      NEWBIE_CUDA_CANDIDATE(cuda::normal_noise){"cpu", kCpu, accepts_all, cpu::normal_noise},
      {"reference", kCpu, accepts_all, reference::normal_noise}};
  return kList;
}

CandidateList<Tensor, std::vector<float>, Tensor, std::vector<float>> blend_rows_candidates() {
  static constexpr Candidate<Tensor, std::vector<float>, Tensor, std::vector<float>> kList[] = {
      NEWBIE_CUDA_CANDIDATE(cuda::blend_rows){"cpu", kCpu, accepts_all, cpu::blend_rows},
      {"reference", kCpu, accepts_all, reference::blend_rows}};
  return kList;
}

CandidateList<Tensor, RopeLines, std::span<const int32_t>> rope_rows_candidates() {
  static constexpr Candidate<Tensor, RopeLines, std::span<const int32_t>> kList[] = {
      NEWBIE_CUDA_CANDIDATE(cuda::rope_rows){"reference", kCpu, accepts_all, reference::rope_rows}};
  return kList;
}

}  // namespace newbie::ops
