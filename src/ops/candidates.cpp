/// Every candidate of every op, fastest first. To add an implementation, add its line here.

#include "ops/candidates.h"

#include <cstdlib>

#include "base/trace.h"
#include "ops/candidate_lists.h"
#include "ops/cpu/attention.h"
#include "ops/cpu/conv.h"
#include "ops/cpu/conv_winograd.h"
#include "ops/cpu/dnnl.h"
#include "ops/cpu/elementwise.h"
#include "ops/cpu/embedding.h"
#include "ops/cpu/matmul.h"
#include "ops/cpu/norm.h"
#include "ops/cpu/optimizer.h"
#include "ops/cpu/panel_weights.h"
#include "ops/cpu/reduce.h"
#include "ops/cpu/rope.h"
#include "ops/cpu/shape.h"
#include "ops/reference/attention.h"
#include "ops/reference/conv.h"
#include "ops/reference/elementwise.h"
#include "ops/reference/embedding.h"
#include "ops/reference/matmul.h"
#include "ops/reference/norm.h"
#include "ops/reference/optimizer.h"
#include "ops/reference/reduce.h"
#include "ops/reference/rope.h"
#include "ops/reference/shape.h"
#include "ops/start.h"

#if NEWBIE_CUDA
#include "ops/cuda/attention.h"
#include "ops/cuda/conv.h"
#include "ops/cuda/elementwise.h"
#include "ops/cuda/embedding.h"
#include "ops/cuda/matmul.h"
#include "ops/cuda/norm.h"
#include "ops/cuda/optimizer.h"
#include "ops/cuda/reduce.h"
#include "ops/cuda/rope.h"
#include "ops/cuda/shape.h"
#define NEWBIE_CUDA_CANDIDATE(name, declines, run) {name, DeviceKind::cuda, declines, run},
#define NEWBIE_CUDA_TAKING(name, declines, run) {name, DeviceKind::cuda, declines, run, true},
#else
#define NEWBIE_CUDA_CANDIDATE(name, declines, run)
#define NEWBIE_CUDA_TAKING(name, declines, run)
#endif

namespace newbie::ops {
namespace {

constexpr DeviceKind kCpu = DeviceKind::cpu;
constexpr bool kTakesMemory = true;

std::string needs_loaded_weight(const Tensor&, const LinearWeights& weights, const Activation&) {
  return weights.weight().defined() ? "" : "the weight was packed";
}

std::string needs_loaded_weights(const Tensor&, const LinearWeights& gate, const LinearWeights& up,
                                 const Activation&) {
  return gate.weight().defined() && up.weight().defined() ? "" : "the weights were packed";
}

std::string needs_loaded_kernel(const Tensor&, const ConvWeights& weights, const ConvGeometry&,
                                const Tensor&) {
  return weights.weight().defined() ? "" : "the weight was packed";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> library_versions() {
  std::vector<std::pair<std::string, std::string>> found{{"oneDNN", cpu::dnnl_version_text()}};
#if NEWBIE_CUDA
  for (auto& library : cuda::library_versions()) found.push_back(std::move(library));
#endif
  return found;
}

void start_there(const Device& device) {
#if NEWBIE_CUDA
  cuda::start(device);
#else
  static_cast<void>(device);
#endif
}

std::shared_ptr<const LinearWeights::Prepared> prepare_linear_there(const Tensor& weight,
                                                                    const Tensor& bias,
                                                                    DType compute,
                                                                    Residency residency) {
#if NEWBIE_CUDA
  if (weight.device().kind() == DeviceKind::cuda) {
    return cuda::prepare_linear(weight, bias, compute);
  }
#endif
  static_cast<void>(bias);  // the CPU's products take it as it is
  return cpu::prepare_linear(weight, compute, residency);
}

std::shared_ptr<const ConvWeights::Prepared> prepare_conv_there(const Tensor& weight,
                                                                DType compute) {
#if NEWBIE_CUDA
  if (weight.device().kind() == DeviceKind::cuda) return cuda::prepare_conv(weight, compute);
#endif
  return cpu::prepare_conv(weight, compute);
}

CandidateList<Tensor, LinearWeights, Activation> linear_candidates() {
  static constexpr Candidate<Tensor, LinearWeights, Activation> kList[] = {
      {"onednn", kCpu, cpu::linear_dnnl_declines, cpu::linear_dnnl, kTakesMemory},
      {"panels", kCpu, cpu::linear_panels_declines, cpu::linear_panels, kTakesMemory},
      {"reference", kCpu, needs_loaded_weight, reference::linear},
      NEWBIE_CUDA_TAKING("cublas", cuda::linear_declines, cuda::linear)};
  return kList;
}

CandidateList<Tensor, LinearWeights, LinearWeights, Activation> gated_linear_candidates() {
  static constexpr Candidate<Tensor, LinearWeights, LinearWeights, Activation> kList[] = {
      {"onednn", kCpu, cpu::gated_linear_dnnl_declines, cpu::gated_linear_dnnl, kTakesMemory},
      {"panels", kCpu, cpu::gated_linear_panels_declines, cpu::gated_linear_panels, kTakesMemory},
      {"reference", kCpu, needs_loaded_weights, reference::gated_linear},
      NEWBIE_CUDA_TAKING("cublas", cuda::gated_linear_declines, cuda::gated_linear)};
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, Packing, AttentionOptions> attention_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, Packing, AttentionOptions> kList[] = {
      {"bf16 tiles", kCpu, cpu::attention_bf16_declines, cpu::attention_bf16, kTakesMemory},
      {"f32 tiles", kCpu, declines_doubles, cpu::attention_f32, kTakesMemory},
      {"reference", kCpu, accepts_all, reference::attention},
      NEWBIE_CUDA_TAKING("ragged", cuda::attention_ragged_declines, cuda::attention_ragged)
          NEWBIE_CUDA_TAKING("cudnn", cuda::attention_fused_declines, cuda::attention_fused)
              NEWBIE_CUDA_CANDIDATE("plain", cuda::attention_plain_declines, cuda::attention_plain)
                  NEWBIE_CUDA_TAKING("products", accepts_all, cuda::attention_products)};
  return kList;
}

CandidateList<Tensor, ConvWeights, ConvGeometry, Tensor> conv2d_candidates() {
  static constexpr Candidate<Tensor, ConvWeights, ConvGeometry, Tensor> kList[] = {
      {"winograd", kCpu, cpu::conv2d_winograd_declines, cpu::conv2d_winograd, kTakesMemory},
      {"onednn", kCpu, cpu::conv2d_dnnl_declines, cpu::conv2d_dnnl, kTakesMemory},
      {"reference", kCpu, needs_loaded_kernel, reference::conv2d},
      NEWBIE_CUDA_CANDIDATE("cudnn", cuda::conv2d_declines, cuda::conv2d)};
  return kList;
}

CandidateList<Tensor, Activation> activate_candidates() {
  static constexpr Candidate<Tensor, Activation> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::activate},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::activate){"reference", kCpu, accepts_all,
                                                                 reference::activate},
  };
  return kList;
}

CandidateList<Tensor, Tensor> add_candidates() {
  static constexpr Candidate<Tensor, Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::add},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::add){"reference", kCpu, accepts_all,
                                                            reference::add},
  };
  return kList;
}

CandidateList<Tensor, Tensor, Activation> gated_candidates() {
  static constexpr Candidate<Tensor, Tensor, Activation> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::gated},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::gated){"reference", kCpu, accepts_all,
                                                              reference::gated},
  };
  return kList;
}

CandidateList<std::vector<std::pair<float, Tensor>>> combine_candidates() {
  static constexpr Candidate<std::vector<std::pair<float, Tensor>>> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::combine},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::combine){"reference", kCpu, accepts_all,
                                                                reference::combine},
  };
  return kList;
}

CandidateList<Tensor, float, float> affine_candidates() {
  static constexpr Candidate<Tensor, float, float> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::affine},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::affine){"reference", kCpu, accepts_all,
                                                               reference::affine},
  };
  return kList;
}

CandidateList<Tensor, float, float> clamp_candidates() {
  static constexpr Candidate<Tensor, float, float> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::clamp},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::clamp){"reference", kCpu, accepts_all,
                                                              reference::clamp},
  };
  return kList;
}

CandidateList<Tensor, DType> cast_candidates() {
  static constexpr Candidate<Tensor, DType> kList[] = {
      {"cpu", kCpu, cpu::cast_declines, cpu::cast},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::cast){"reference", kCpu, accepts_all,
                                                             reference::cast},
  };
  return kList;
}

CandidateList<Tensor, Packing> mean_rows_candidates() {
  static constexpr Candidate<Tensor, Packing> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::mean_rows},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::mean_rows){"reference", kCpu, accepts_all,
                                                                  reference::mean_rows},
  };
  return kList;
}

CandidateList<Tensor> norms_candidates() {
  static constexpr Candidate<Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::norms},
      NEWBIE_CUDA_TAKING("cuda", accepts_all, cuda::norms){"reference", kCpu, accepts_all,
                                                           reference::norms},
  };
  return kList;
}

CandidateList<Tensor> first_non_finite_candidates() {
  static constexpr Candidate<Tensor> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::first_non_finite},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::first_non_finite){
          "reference", kCpu, accepts_all, reference::first_non_finite},
  };
  return kList;
}

CandidateList<std::vector<Tensor>> concat_rows_candidates() {
  static constexpr Candidate<std::vector<Tensor>> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::concat_rows},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::concat_rows){"reference", kCpu, accepts_all,
                                                                    reference::concat_rows},
  };
  return kList;
}

CandidateList<std::vector<Tensor>> concat_columns_candidates() {
  static constexpr Candidate<std::vector<Tensor>> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::concat_columns},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::concat_columns){
          "reference", kCpu, accepts_all, reference::concat_columns},
  };
  return kList;
}

CandidateList<Tensor, int64_t> take_columns_candidates() {
  static constexpr Candidate<Tensor, int64_t> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::take_columns},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::take_columns){"reference", kCpu, accepts_all,
                                                                     reference::take_columns},
  };
  return kList;
}

CandidateList<Tensor, std::vector<int64_t>> take_rows_candidates() {
  static constexpr Candidate<Tensor, std::vector<int64_t>> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::take_rows},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::take_rows){"reference", kCpu, accepts_all,
                                                                  reference::take_rows},
  };
  return kList;
}

CandidateList<Tensor> transpose_candidates() {
  static constexpr Candidate<Tensor> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::transpose},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::transpose){"reference", kCpu, accepts_all,
                                                                  reference::transpose},
  };
  return kList;
}

CandidateList<Tensor, int64_t, int64_t> crop_candidates() {
  static constexpr Candidate<Tensor, int64_t, int64_t> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::crop},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::crop){"reference", kCpu, accepts_all,
                                                             reference::crop},
  };
  return kList;
}

CandidateList<Tensor> upsample_nearest_2x_candidates() {
  static constexpr Candidate<Tensor> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::upsample_nearest_2x},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::upsample_nearest_2x){
          "reference", kCpu, accepts_all, reference::upsample_nearest_2x},
  };
  return kList;
}

CandidateList<Tensor, int64_t> patchify_candidates() {
  static constexpr Candidate<Tensor, int64_t> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::patchify},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::patchify){"reference", kCpu, accepts_all,
                                                                 reference::patchify},
  };
  return kList;
}

CandidateList<Tensor, int64_t> unpatchify_candidates() {
  static constexpr Candidate<Tensor, int64_t> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::unpatchify},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::unpatchify){"reference", kCpu, accepts_all,
                                                                   reference::unpatchify},
  };
  return kList;
}

CandidateList<Tensor, std::span<const int32_t>, float> embedding_candidates() {
  static constexpr Candidate<Tensor, std::span<const int32_t>, float> kList[] = {
      {"cpu", kCpu, cpu::embedding_declines, cpu::embedding},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::embedding){"reference", kCpu, accepts_all,
                                                                  reference::embedding},
  };
  return kList;
}

CandidateList<Tensor, Tensor, float, RmsWeight> rms_norm_candidates() {
  static constexpr Candidate<Tensor, Tensor, float, RmsWeight> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::rms_norm},
      NEWBIE_CUDA_CANDIDATE("cuda", cuda::rms_norm_declines, cuda::rms_norm){
          "reference", kCpu, accepts_all, reference::rms_norm},
  };
  return kList;
}

CandidateList<Tensor, Tensor, float, Tensor, Packing> rms_norm_modulate_candidates() {
  static constexpr Candidate<Tensor, Tensor, float, Tensor, Packing> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::rms_norm_modulate},
      NEWBIE_CUDA_CANDIDATE("cuda", cuda::rms_norm_modulate_declines, cuda::rms_norm_modulate){
          "reference", kCpu, accepts_all, reference::rms_norm_modulate},
  };
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, float, Tensor, Packing> add_gated_rms_norm_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, float, Tensor, Packing> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::add_gated_rms_norm},
      NEWBIE_CUDA_CANDIDATE("cuda", cuda::add_gated_rms_norm_declines, cuda::add_gated_rms_norm){
          "reference", kCpu, accepts_all, reference::add_gated_rms_norm},
  };
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, float, RmsWeight> add_rms_norm_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, float, RmsWeight> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::add_rms_norm},
      NEWBIE_CUDA_CANDIDATE("cuda", cuda::add_rms_norm_declines, cuda::add_rms_norm){
          "reference", kCpu, accepts_all, reference::add_rms_norm},
  };
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, float> layer_norm_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, float> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::layer_norm},
      NEWBIE_CUDA_CANDIDATE("cuda", cuda::layer_norm_declines, cuda::layer_norm){
          "reference", kCpu, accepts_all, reference::layer_norm},
  };
  return kList;
}

CandidateList<Tensor, float, Tensor, Packing> layer_norm_modulate_candidates() {
  static constexpr Candidate<Tensor, float, Tensor, Packing> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::layer_norm_modulate},
      NEWBIE_CUDA_CANDIDATE("cuda", cuda::layer_norm_modulate_declines, cuda::layer_norm_modulate){
          "reference", kCpu, accepts_all, reference::layer_norm_modulate},
  };
  return kList;
}

CandidateList<Tensor, int64_t, Tensor, Tensor, float, Activation> group_norm_candidates() {
  static constexpr Candidate<Tensor, int64_t, Tensor, Tensor, float, Activation> kList[] = {
      {"cpu", kCpu, declines_doubles, cpu::group_norm},
      NEWBIE_CUDA_TAKING("cuda", accepts_all, cuda::group_norm){"reference", kCpu, accepts_all,
                                                                reference::group_norm},
  };
  return kList;
}

CandidateList<Tensor, RopeTable, RopeLayout> rope_candidates() {
  static constexpr Candidate<Tensor, RopeTable, RopeLayout> kList[] = {
      {"cpu", kCpu, cpu::rope_declines, cpu::rope},
      NEWBIE_CUDA_CANDIDATE("cuda", cuda::rope_declines, cuda::rope){"reference", kCpu, accepts_all,
                                                                     reference::rope},
  };
  return kList;
}

CandidateList<Tensor, Tensor, float, RmsWeight, RopeTable, RopeLayout> rms_norm_rope_candidates() {
  static constexpr Candidate<Tensor, Tensor, float, RmsWeight, RopeTable, RopeLayout> kList[] = {
      {"cpu", kCpu, cpu::rms_norm_rope_declines, cpu::rms_norm_rope},
      NEWBIE_CUDA_CANDIDATE("cuda", cuda::rms_norm_rope_declines, cuda::rms_norm_rope){
          "reference", kCpu, accepts_all, reference::rms_norm_rope},
  };
  return kList;
}

CandidateList<Tensor, int64_t, int64_t, Tensor, Tensor, float, RopeTable, RopeLayout>
split_heads_norm_rope_candidates() {
  static constexpr Candidate<Tensor, int64_t, int64_t, Tensor, Tensor, float, RopeTable, RopeLayout>
      kList[] = {
          {"cpu", kCpu, cpu::split_heads_norm_rope_declines, cpu::split_heads_norm_rope},
          NEWBIE_CUDA_CANDIDATE("cuda", cuda::split_heads_norm_rope_declines,
                                cuda::split_heads_norm_rope){"reference", kCpu, accepts_all,
                                                             reference::split_heads_norm_rope},
      };
  return kList;
}

void trace_choice(std::string_view op, std::string_view candidate, std::string_view declined) {
  if (tracing("ops")) trace("ops", fmt::format("{} -> {}{}", op, candidate, declined));
}

std::string passed_over(std::string_view op, std::string_view candidate) {
  static const std::string names = [] {
    const char* asked = std::getenv("NEWBIE_SKIP");
    return asked ? fmt::format(",{},", asked) : std::string();
  }();
  const bool named =
      !names.empty() && names.find(fmt::format(",{}/{},", op, candidate)) != std::string::npos;
  return named ? "passed over by NEWBIE_SKIP" : "";
}

CandidateList<AdamWState, Tensor, AdamWStep> adamw_step_candidates() {
  static constexpr Candidate<AdamWState, Tensor, AdamWStep> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::adamw_step},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::adamw_step){"reference", kCpu, accepts_all,
                                                                   reference::adamw_step},
  };
  return kList;
}

CandidateList<Tensor, Tensor, float, float> update_step_candidates() {
  static constexpr Candidate<Tensor, Tensor, float, float> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::update_step},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::update_step){"reference", kCpu, accepts_all,
                                                                    reference::update_step},
  };
  return kList;
}

CandidateList<Tensor, float> average_step_candidates() {
  static constexpr Candidate<Tensor, float> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::average_step},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::average_step){"reference", kCpu, accepts_all,
                                                                     reference::average_step},
  };
  return kList;
}

CandidateList<Tensor, float> accumulate_step_candidates() {
  static constexpr Candidate<Tensor, float> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::accumulate_step},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::accumulate_step){
          "reference", kCpu, accepts_all, reference::accumulate_step},
  };
  return kList;
}

CandidateList<std::vector<Tensor>> sum_of_squares_candidates() {
  static constexpr Candidate<std::vector<Tensor>> kList[] = {
      {"cpu", kCpu, accepts_all, cpu::sum_of_squares},
      NEWBIE_CUDA_CANDIDATE("cuda", accepts_all, cuda::sum_of_squares){
          "reference", kCpu, accepts_all, reference::sum_of_squares},
  };
  return kList;
}

}  // namespace newbie::ops
