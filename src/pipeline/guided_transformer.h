#pragma once
/// The velocity of a batch under one prompt and its negative: both halves of guidance in one packed
/// pass.

#include <deque>
#include <map>
#include <vector>

#include "diffusion/guidance.h"
#include "models/next_dit/model.h"
#include "pipeline/isolation.h"
#include "pipeline/text_stage.h"

namespace newbie::pipeline {

/// A diffusion::GuidedField. Captions are refined once, layouts are made once per number of guided
/// images. Isolation acts on the conditional half alone. Nothing in a call waits for the device:
/// that an answer was not finite is found out in a later call, or in settle(). Errors:
/// `sampling.not_finite` naming the block that first produced NaN or infinity.
class GuidedTransformer {
 public:
  GuidedTransformer(const next_dit::NextDiT& transformer, const PromptFeatures& conditional,
                    const PromptFeatures& unconditional, Isolation isolation = {});

  /// Told after each block of each call.
  std::function<void(int64_t done, int64_t total)> on_block;
  /// Told what each joint layer compares; the conditional images come first. Changes nothing.
  next_dit::AttentionObserver on_attention;
  /// Told the path of each block that f16 could not hold and that runs in bf16 from now on.
  std::function<void(std::string_view path)> on_retry;

  /// x [B,C,h,w]; `guided` lists the images that need the unconditional answer too.
  diffusion::Halves operator()(const Tensor& x, const diffusion::FlowPoint& at,
                               const std::vector<int>& guided) const;

  /// Waits for what calls have found out about their answers.
  void settle() const { settle(true); }

 private:
  struct Arrangement;
  /// An answer whose finiteness is not known yet, and what led to it.
  struct Call {
    ops::FiniteCheck result;
    Tensor x;
    diffusion::FlowPoint at;
    std::vector<int> guided;
  };

  const Arrangement& arrangement(const Shape& batch, int64_t guided) const;
  std::vector<Tensor> evaluate(const Tensor& x, const diffusion::FlowPoint& at,
                               const std::vector<int>& guided,
                               const next_dit::Observer& observer) const;
  void settle(bool wait) const;
  [[noreturn]] void name_culprit(const Call& call) const;

  const next_dit::NextDiT& transformer_;
  Isolation isolation_;
  next_dit::RefinedCaption conditional_, unconditional_;
  Tensor conditional_pooled_, unconditional_pooled_;
  mutable std::map<std::pair<std::string, int64_t>, std::shared_ptr<Arrangement>> arrangements_;
  mutable next_dit::HalfGuard guard_;
  mutable std::deque<Call> calls_;
};

}  // namespace newbie::pipeline
