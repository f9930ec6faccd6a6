/// Every candidate of ops on elements, rows and shapes, fastest first.

#include "ops/candidate_lists.h"
#include "ops/cpu/elementwise.h"
#include "ops/cpu/embedding.h"
#include "ops/cpu/reduce.h"
#include "ops/cpu/shape.h"
#include "ops/device_candidates.h"
#include "ops/reference/elementwise.h"
#include "ops/reference/embedding.h"
#include "ops/reference/reduce.h"
#include "ops/reference/shape.h"

#if NEWBIE_CUDA
#include "ops/cuda/elementwise.h"
#include "ops/cuda/embedding.h"
#include "ops/cuda/reduce.h"
#include "ops/cuda/shape.h"
#endif

namespace newbie::ops {

CandidateList<Tensor, Activation> activate_candidates() {
  static constexpr Candidate<Tensor, Activation> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::activate},
      {"reference", kCpu, accepts_all, reference::activate},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::activate})};
  return kList;
}

CandidateList<Tensor, Tensor> add_candidates() {
  static constexpr Candidate<Tensor, Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::add},
      {"reference", kCpu, accepts_all, reference::add},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::add})};
  return kList;
}

CandidateList<Tensor, Tensor, Activation> gated_candidates() {
  static constexpr Candidate<Tensor, Tensor, Activation> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::gated},
      {"reference", kCpu, accepts_all, reference::gated},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::gated})};
  return kList;
}

CandidateList<std::vector<std::pair<float, Tensor>>> combine_candidates() {
  static constexpr Candidate<std::vector<std::pair<float, Tensor>>> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::combine},
      {"reference", kCpu, accepts_all, reference::combine},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::combine})};
  return kList;
}

CandidateList<Tensor, float, float> affine_candidates() {
  static constexpr Candidate<Tensor, float, float> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::affine},
      {"reference", kCpu, accepts_all, reference::affine},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::affine})};
  return kList;
}

CandidateList<Tensor, float, float> clamp_candidates() {
  static constexpr Candidate<Tensor, float, float> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::clamp},
      {"reference", kCpu, accepts_all, reference::clamp},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::clamp})};
  return kList;
}

CandidateList<Tensor, DType> cast_candidates() {
  static constexpr Candidate<Tensor, DType> kList[] = {
      {"cpu", kCpu, cpu::cast_declines, cpu::cast},
      {"reference", kCpu, accepts_all, reference::cast},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::cast})};
  return kList;
}

CandidateList<Tensor, Packing> mean_rows_candidates() {
  static constexpr Candidate<Tensor, Packing> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::mean_rows},
      {"reference", kCpu, accepts_all, reference::mean_rows},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::mean_rows})};
  return kList;
}

CandidateList<Tensor> norms_candidates() {
  static constexpr Candidate<Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::norms},
      {"reference", kCpu, accepts_all, reference::norms},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::norms, kTakesMemory})};
  return kList;
}

CandidateList<Tensor> first_non_finite_candidates() {
  static constexpr Candidate<Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::first_non_finite},
      {"reference", kCpu, accepts_all, reference::first_non_finite},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::first_non_finite})};
  return kList;
}

CandidateList<std::vector<Tensor>> concat_rows_candidates() {
  static constexpr Candidate<std::vector<Tensor>> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::concat_rows},
      {"reference", kCpu, accepts_all, reference::concat_rows},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::concat_rows})};
  return kList;
}

CandidateList<std::vector<Tensor>> concat_columns_candidates() {
  static constexpr Candidate<std::vector<Tensor>> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::concat_columns},
      {"reference", kCpu, accepts_all, reference::concat_columns},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::concat_columns})};
  return kList;
}

CandidateList<Tensor, int64_t> take_columns_candidates() {
  static constexpr Candidate<Tensor, int64_t> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::take_columns},
      {"reference", kCpu, accepts_all, reference::take_columns},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::take_columns})};
  return kList;
}

CandidateList<Tensor, std::vector<int64_t>> take_rows_candidates() {
  static constexpr Candidate<Tensor, std::vector<int64_t>> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::take_rows},
      {"reference", kCpu, accepts_all, reference::take_rows},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::take_rows})};
  return kList;
}

CandidateList<Tensor> transpose_candidates() {
  static constexpr Candidate<Tensor> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::transpose},
      {"reference", kCpu, accepts_all, reference::transpose},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::transpose})};
  return kList;
}

CandidateList<Tensor, int64_t, int64_t> crop_candidates() {
  static constexpr Candidate<Tensor, int64_t, int64_t> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::crop},
      {"reference", kCpu, accepts_all, reference::crop},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::crop})};
  return kList;
}

CandidateList<Tensor> upsample_nearest_2x_candidates() {
  static constexpr Candidate<Tensor> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::upsample_nearest_2x},
      {"reference", kCpu, accepts_all, reference::upsample_nearest_2x},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::upsample_nearest_2x})};
  return kList;
}

CandidateList<Tensor, int64_t> patchify_candidates() {
  static constexpr Candidate<Tensor, int64_t> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::patchify},
      {"reference", kCpu, accepts_all, reference::patchify},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::patchify})};
  return kList;
}

CandidateList<Tensor, int64_t> unpatchify_candidates() {
  static constexpr Candidate<Tensor, int64_t> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::unpatchify},
      {"reference", kCpu, accepts_all, reference::unpatchify},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::unpatchify})};
  return kList;
}

CandidateList<Tensor, std::span<const int32_t>, float> embedding_candidates() {
  static constexpr Candidate<Tensor, std::span<const int32_t>, float> kList[] = {
      {"cpu", kCpu, cpu::embedding_declines, cpu::embedding},
      {"reference", kCpu, accepts_all, reference::embedding},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::embedding})};
  return kList;
}

}  // namespace newbie::ops
