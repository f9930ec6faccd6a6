/// Every candidate of every op, fastest first. To add an implementation, add its line here.

#include "ops/candidates.h"

#include "base/trace.h"
#include "ops/candidate_lists.h"
#include "ops/reference/attention.h"
#include "ops/reference/conv.h"
#include "ops/reference/matmul.h"

namespace newbie::ops {
namespace {

constexpr DeviceKind kCpu = DeviceKind::cpu;

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

CandidateList<Tensor, LinearWeights, Activation> linear_candidates() {
  static constexpr Candidate<Tensor, LinearWeights, Activation> kList[] = {
      {"reference", kCpu, needs_loaded_weight, reference::linear},
  };
  return kList;
}

CandidateList<Tensor, LinearWeights, LinearWeights, Activation> gated_linear_candidates() {
  static constexpr Candidate<Tensor, LinearWeights, LinearWeights, Activation> kList[] = {
      {"reference", kCpu, needs_loaded_weights, reference::gated_linear},
  };
  return kList;
}

CandidateList<Tensor, Tensor, Tensor, Packing, AttentionOptions> attention_candidates() {
  static constexpr Candidate<Tensor, Tensor, Tensor, Packing, AttentionOptions> kList[] = {
      {"reference", kCpu, accepts_all, reference::attention},
  };
  return kList;
}

CandidateList<Tensor, ConvWeights, ConvGeometry, Tensor> conv2d_candidates() {
  static constexpr Candidate<Tensor, ConvWeights, ConvGeometry, Tensor> kList[] = {
      {"reference", kCpu, needs_loaded_kernel, reference::conv2d},
  };
  return kList;
}

void trace_choice(std::string_view op, std::string_view candidate, std::string_view declined) {
  if (tracing("ops")) trace("ops", fmt::format("{} -> {}{}", op, candidate, declined));
}

}  // namespace newbie::ops
