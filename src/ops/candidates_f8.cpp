/// The candidates of ops with 8 bits and of ops that are several at once, fastest first. Where a
/// device has nothing faster, "composed" runs the plain ops one after another.

#include <cstring>

#include "ops/candidate_lists.h"
#include "ops/device_candidates.h"
#include "ops/reference/embedding.h"
#include "ops/reference/f8.h"
#include "ops/reference/reduce.h"

#if NEWBIE_CUDA
#include "ops/cuda/embedding.h"
#include "ops/cuda/f8.h"
#include "ops/cuda/finite_check.h"
#include "ops/cuda/norm_sum.h"
#include "ops/cuda/reduce.h"
#include "ops/cuda/shape.h"
#endif

namespace newbie::ops {
namespace {

/// What another op made becomes the result.
void take_over(Tensor& out, const Tensor& made) {
  if (out.device().plans()) return;
  std::memcpy(out.mutable_raw(), made.raw(), made.bytes());
}

void take_over_codes(Tensor& codes, Tensor& scales, const Tensor& rows) {
  const LinearInput made = quantize_rows(rows);
  take_over(codes, made.values());
  take_over(scales, made.scales());
}

/// x [...,n D] as y [n,rows,D].
void composed_split_evenly(Tensor& y, const Tensor& x) {
  const int64_t parts = y.dim(0), rows = y.dim(1);
  const auto width = static_cast<size_t>(y.dim(2)) * size_of(y.dtype());
  std::byte* to = y.mutable_raw();
  for (int64_t part = 0; part < parts; ++part) {
    for (int64_t row = 0; row < rows; ++row, to += width) {
      std::memcpy(to, x.raw() + static_cast<size_t>(row * parts + part) * width, width);
    }
  }
}

void composed_gated_linear_to_f8(Tensor& codes, const AlsoOut& scales, const LinearInput& x,
                                 const LinearWeights& gate, const LinearWeights& up,
                                 const Activation& activation) {
  take_over_codes(codes, scales.tensor, gated_linear(x, gate, up, activation));
}

void composed_rms_norm_modulate_to_f8(Tensor& codes, const AlsoOut& scales, const Tensor& x,
                                      const Tensor& weight, const float& eps, const Tensor& scale,
                                      const Packing& sequences) {
  take_over_codes(codes, scales.tensor, rms_norm_modulate(x, weight, eps, scale, sequences));
}

void composed_sum_and_norm(Tensor& sum, const AlsoOut& normed, const Tensor& x,
                           const Tensor& branch, const ModulatedNorm& added,
                           const ModulatedNorm& next, const Packing& sequences) {
  take_over(sum, add_gated_rms_norm(x, branch, added.weight, added.eps, added.factors, sequences));
  take_over(normed.tensor, rms_norm_modulate(sum, next.weight, next.eps, next.factors, sequences));
}

void composed_sum_and_norm_to_f8(Tensor& sum, const AlsoOut& codes, const AlsoOut& scales,
                                 const Tensor& x, const Tensor& branch, const ModulatedNorm& added,
                                 const ModulatedNorm& next, const Packing& sequences) {
  take_over(sum, add_gated_rms_norm(x, branch, added.weight, added.eps, added.factors, sequences));
  take_over_codes(codes.tensor, scales.tensor,
                  rms_norm_modulate(sum, next.weight, next.eps, next.factors, sequences));
}

}  // namespace

std::shared_ptr<FiniteCheck::Answer> answer_of_device(const Tensor& number) {
#if NEWBIE_CUDA
  if (number.device().kind() == DeviceKind::cuda) return cuda::answer_of(number);
#endif
  static_cast<void>(number);
  return nullptr;
}

CandidateList<AlsoOut, Tensor> quantize_rows_candidates() {
  static constexpr Candidate<AlsoOut, Tensor> kList[] = {
      {"reference", kCpu, accepts_all, reference::quantize_rows},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::quantize_rows})};
  return kList;
}

CandidateList<LinearInput, LinearWeights, Activation> linear_f8_candidates() {
  static constexpr Candidate<LinearInput, LinearWeights, Activation> kList[] = {
      {"reference", kCpu, accepts_all, reference::linear_f8},
      NEWBIE_ON_CUDA({"cublaslt", kCuda, cuda::linear_f8_declines, cuda::linear_f8, kTakesMemory})};
  return kList;
}

CandidateList<LinearInput, LinearWeights, LinearWeights, Activation> gated_linear_f8_candidates() {
  static constexpr Candidate<LinearInput, LinearWeights, LinearWeights, Activation> kList[] = {
      {"reference", kCpu, accepts_all, reference::gated_linear_f8},
      NEWBIE_ON_CUDA({"cublaslt", kCuda, cuda::gated_linear_f8_declines, cuda::gated_linear_f8,
                      kTakesMemory})};
  return kList;
}

CandidateList<AlsoOut, LinearInput, LinearWeights, LinearWeights, Activation>
gated_linear_to_f8_candidates() {
  static constexpr Candidate<AlsoOut, LinearInput, LinearWeights, LinearWeights, Activation>
      kList[] = {{"composed", kCpu, accepts_all, composed_gated_linear_to_f8, kTakesMemory},
                 NEWBIE_ON_CUDA({"cublaslt", kCuda, cuda::gated_linear_to_f8_declines,
                                 cuda::gated_linear_to_f8, kTakesMemory})};
  return kList;
}

CandidateList<AlsoOut, Tensor, Tensor, float, Tensor, Packing>
rms_norm_modulate_to_f8_candidates() {
  static constexpr Candidate<AlsoOut, Tensor, Tensor, float, Tensor, Packing> kList[] = {
      {"composed", kCpu, accepts_all, composed_rms_norm_modulate_to_f8, kTakesMemory},
      NEWBIE_ON_CUDA(
          {"cuda", kCuda, cuda::rms_norm_modulate_to_f8_declines, cuda::rms_norm_modulate_to_f8})};
  return kList;
}

CandidateList<AlsoOut, Tensor, Tensor, ModulatedNorm, ModulatedNorm, Packing>
add_gated_rms_norm_modulate_candidates() {
  static constexpr Candidate<AlsoOut, Tensor, Tensor, ModulatedNorm, ModulatedNorm, Packing>
      kList[] = {{"composed", kCpu, accepts_all, composed_sum_and_norm, kTakesMemory},
                 NEWBIE_ON_CUDA({"cuda", kCuda, cuda::sum_and_norm_declines, cuda::sum_and_norm})};
  return kList;
}

CandidateList<AlsoOut, AlsoOut, Tensor, Tensor, ModulatedNorm, ModulatedNorm, Packing>
add_gated_rms_norm_modulate_to_f8_candidates() {
  static constexpr Candidate<AlsoOut, AlsoOut, Tensor, Tensor, ModulatedNorm, ModulatedNorm,
                             Packing>
      kList[] = {{"composed", kCpu, accepts_all, composed_sum_and_norm_to_f8, kTakesMemory},
                 NEWBIE_ON_CUDA(
                     {"cuda", kCuda, cuda::sum_and_norm_to_f8_declines, cuda::sum_and_norm_to_f8})};
  return kList;
}

CandidateList<Tensor, Tensor, NormMatch, float> match_norms_candidates() {
  static constexpr Candidate<Tensor, Tensor, NormMatch, float> kList[] = {
      {"reference", kCpu, accepts_all, reference::match_norms},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::match_norms, kTakesMemory})};
  return kList;
}

CandidateList<Tensor> split_evenly_candidates() {
  static constexpr Candidate<Tensor> kList[] = {
      {"composed", kCpu, accepts_all, composed_split_evenly},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::split_evenly})};
  return kList;
}

CandidateList<std::span<const float>, int64_t, float> sinusoids_candidates() {
  static constexpr Candidate<std::span<const float>, int64_t, float> kList[] = {
      {"reference", kCpu, accepts_all, reference::sinusoids},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::sinusoids})};
  return kList;
}

}  // namespace newbie::ops
