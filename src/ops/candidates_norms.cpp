/// Every candidate of norms, rotary embedding and what is fused to them, fastest first.

#include "ops/candidate_lists.h"
#include "ops/cpu/norm.h"
#include "ops/cpu/rope.h"
#include "ops/device_candidates.h"
#include "ops/reference/norm.h"
#include "ops/reference/rope.h"

#if NEWBIE_CUDA
#include "ops/cuda/norm.h"
#include "ops/cuda/rope.h"
#endif

namespace newbie::ops {

CandidateList<Tensor, Tensor, float, RmsWeight> rms_norm_candidates() {
  static constexpr Candidate<Tensor, Tensor, float, RmsWeight> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::rms_norm},
      {"reference", kCpu, accepts_all, reference::rms_norm},
      NEWBIE_ON_CUDA({"cuda", kCuda, cuda::rms_norm_declines, cuda::rms_norm})};
  return kList;
}

CandidateList<Tensor, Tensor, float, Tensor, Packing> rms_norm_modulate_candidates() {
  static constexpr Candidate<Tensor, Tensor, float, Tensor, Packing> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::rms_norm_modulate},
      {"reference", kCpu, accepts_all, reference::rms_norm_modulate},
      NEWBIE_ON_CUDA({"cuda", kCuda, cuda::rms_norm_modulate_declines, cuda::rms_norm_modulate})};
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, float, Tensor, Packing> add_gated_rms_norm_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, float, Tensor, Packing> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::add_gated_rms_norm},
      {"reference", kCpu, accepts_all, reference::add_gated_rms_norm},
      NEWBIE_ON_CUDA({"cuda", kCuda, cuda::add_gated_rms_norm_declines, cuda::add_gated_rms_norm})};
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, float, RmsWeight> add_rms_norm_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, float, RmsWeight> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::add_rms_norm},
      {"reference", kCpu, accepts_all, reference::add_rms_norm},
      NEWBIE_ON_CUDA({"cuda", kCuda, cuda::add_rms_norm_declines, cuda::add_rms_norm})};
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, float> layer_norm_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, float> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::layer_norm},
      {"reference", kCpu, accepts_all, reference::layer_norm},
      NEWBIE_ON_CUDA({"cuda", kCuda, cuda::layer_norm_declines, cuda::layer_norm})};
  return kList;
}

CandidateList<Tensor, float, Tensor, Packing> layer_norm_modulate_candidates() {
  static constexpr Candidate<Tensor, float, Tensor, Packing> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::layer_norm_modulate},
      {"reference", kCpu, accepts_all, reference::layer_norm_modulate},
      NEWBIE_ON_CUDA(
          {"cuda", kCuda, cuda::layer_norm_modulate_declines, cuda::layer_norm_modulate})};
  return kList;
}

CandidateList<Tensor, int64_t, Tensor, Tensor, float, Activation> group_norm_candidates() {
  static constexpr Candidate<Tensor, int64_t, Tensor, Tensor, float, Activation> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::group_norm},
      {"reference", kCpu, accepts_all, reference::group_norm},
      NEWBIE_ON_CUDA({"cuda", kCuda, accepts_all, cuda::group_norm, kTakesMemory})};
  return kList;
}

CandidateList<Tensor, RopeTable, RopeLayout> rope_candidates() {
  static constexpr Candidate<Tensor, RopeTable, RopeLayout> kList[] = {
      {"cpu", kCpu, cpu::rope_declines, cpu::rope},
      {"reference", kCpu, accepts_all, reference::rope},
      NEWBIE_ON_CUDA({"cuda", kCuda, cuda::rope_declines, cuda::rope})};
  return kList;
}

CandidateList<Tensor, Tensor, float, RmsWeight, RopeTable, RopeLayout> rms_norm_rope_candidates() {
  static constexpr Candidate<Tensor, Tensor, float, RmsWeight, RopeTable, RopeLayout> kList[] = {
      {"cpu", kCpu, cpu::rms_norm_rope_declines, cpu::rms_norm_rope},
      {"reference", kCpu, accepts_all, reference::rms_norm_rope},
      NEWBIE_ON_CUDA({"cuda", kCuda, cuda::rms_norm_rope_declines, cuda::rms_norm_rope})};
  return kList;
}

CandidateList<Tensor, int64_t, int64_t, Tensor, Tensor, float, RopeTable, RopeLayout>
split_heads_norm_rope_candidates() {
  static constexpr Candidate<Tensor, int64_t, int64_t, Tensor, Tensor, float, RopeTable, RopeLayout>
      kList[] = {{"cpu", kCpu, cpu::split_heads_norm_rope_declines, cpu::split_heads_norm_rope},
                 {"reference", kCpu, accepts_all, reference::split_heads_norm_rope},
                 NEWBIE_ON_CUDA({"cuda", kCuda, cuda::split_heads_norm_rope_declines,
                                 cuda::split_heads_norm_rope})};
  return kList;
}

}  // namespace newbie::ops
