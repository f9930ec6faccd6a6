#pragma once
/// The velocity of a batch under one prompt and its negative: both halves of guidance in one packed
/// pass.

#include <map>
#include <vector>

#include "diffusion/guidance.h"
#include "models/next_dit/model.h"
#include "pipeline/isolation.h"
#include "pipeline/text_stage.h"

namespace newbie::pipeline {

/// A diffusion::GuidedField. Captions are refined once, layouts are made once per number of guided
/// images. Isolation acts on the conditional half alone. Errors: `sampling.not_finite` naming the
/// block that first produced NaN or infinity.
class GuidedTransformer {
 public:
  GuidedTransformer(const next_dit::NextDiT& transformer, const PromptFeatures& conditional,
                    const PromptFeatures& unconditional, Isolation isolation = {});

  /// Told after each block of each call.
  std::function<void(int64_t done, int64_t total)> on_block;
  /// Told what each joint layer compares; the conditional images come first. Changes nothing.
  next_dit::AttentionObserver on_attention;

  /// x [B,C,h,w]; `guided` lists the images that need the unconditional answer too.
  diffusion::Halves operator()(const Tensor& x, const diffusion::FlowPoint& at,
                               const std::vector<int>& guided) const;

 private:
  struct Arrangement;
  const Arrangement& arrangement(const Shape& batch, int64_t guided) const;
  [[noreturn]] void name_culprit(const next_dit::Input& input,
                                 const diffusion::FlowPoint& at) const;

  const next_dit::NextDiT& transformer_;
  Isolation isolation_;
  next_dit::RefinedCaption conditional_, unconditional_;
  Tensor conditional_pooled_, unconditional_pooled_;
  mutable std::map<std::pair<std::string, int64_t>, std::shared_ptr<Arrangement>> arrangements_;
};

}  // namespace newbie::pipeline
