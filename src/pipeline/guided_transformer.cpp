#include "pipeline/guided_transformer.h"

#include <fmt/format.h>

#include "ops/reduce.h"
#include "ops/shape.h"

namespace newbie::pipeline {
namespace {

/// The images `which` of a batch, as views.
void append_images(std::vector<Tensor>& out, const Tensor& batch, const std::vector<int>& which) {
  for (int b : which) {
    out.push_back(batch.slice(b, b + 1).view({batch.dim(1), batch.dim(2), batch.dim(3)}));
  }
}

std::vector<int> all_of(int64_t count) {
  std::vector<int> indices;
  for (int b = 0; b < count; ++b) indices.push_back(b);
  return indices;
}

/// [C,h,w] tensors as one [B,C,h,w].
Tensor stack(const std::vector<Tensor>& images, size_t begin, size_t end) {
  if (begin == end) return {};
  std::vector<Tensor> rows;
  for (size_t i = begin; i < end; ++i) {
    const Shape& s = images[i].shape();
    rows.push_back(images[i].view({1, s[0], s[1], s[2]}));
  }
  return ops::concat_rows(rows);
}

}  // namespace

/// What depends on the number of images and not on time.
struct GuidedTransformer::Arrangement {
  next_dit::RefinedCaption caption;
  Tensor pooled;
  next_dit::Layout layout;
  std::vector<Tensor> held_back;  ///< attention bias while isolation holds
};

GuidedTransformer::GuidedTransformer(const next_dit::NextDiT& transformer,
                                     const PromptFeatures& conditional,
                                     const PromptFeatures& unconditional, Isolation isolation)
    : transformer_(transformer),
      isolation_(std::move(isolation)),
      conditional_(refine_isolated(transformer, conditional.caption, isolation_)),
      unconditional_(refine_isolated(transformer, unconditional.caption, {})),
      conditional_pooled_(conditional.pooled),
      unconditional_pooled_(unconditional.pooled) {}

const GuidedTransformer::Arrangement& GuidedTransformer::arrangement(const Shape& batch,
                                                                     int64_t guided) const {
  auto& slot = arrangements_[{batch.str(), guided}];
  if (slot) return *slot;
  slot = std::make_shared<Arrangement>();
  std::vector<Tensor> features, pooled;
  std::vector<int64_t> lengths;
  const auto add = [&](const next_dit::RefinedCaption& caption, const Tensor& text, int64_t times) {
    for (int64_t i = 0; i < times; ++i) {
      features.push_back(caption.features);
      lengths.push_back(caption.features.dim(0));
      if (text.defined()) pooled.push_back(text);
    }
  };
  add(conditional_, conditional_pooled_, batch[0]);
  add(unconditional_, unconditional_pooled_, guided);
  slot->caption = {ops::concat_rows(features), ops::Packing::of_lengths(lengths)};
  if (!pooled.empty()) slot->pooled = ops::concat_rows(pooled);
  const std::vector<Shape> latents(static_cast<size_t>(batch[0] + guided),
                                   Shape{batch[1], batch[2], batch[3]});
  slot->layout = transformer_.layout(latents, slot->caption.packing);
  if (isolation_.holds(0)) {
    const int64_t patch = transformer_.config().patch_size;
    const Tensor bias =
        joint_bias(isolation_, batch[2] / patch, batch[3] / patch, slot->caption.features.device());
    slot->held_back.assign(static_cast<size_t>(batch[0]), bias);
    slot->held_back.resize(latents.size());
  }
  return *slot;
}

std::vector<Tensor> GuidedTransformer::evaluate(const Tensor& x, const diffusion::FlowPoint& at,
                                                const std::vector<int>& guided,
                                                const next_dit::Observer& observer) const {
  const Arrangement& with = arrangement(x.shape(), static_cast<int64_t>(guided.size()));
  std::vector<Tensor> latents;
  append_images(latents, x, all_of(x.dim(0)));
  append_images(latents, x, guided);
  const std::vector<float> t(latents.size(), static_cast<float>(at.time()));
  static const std::vector<Tensor> kOpen;
  const next_dit::Input input{latents,      t,
                              with.caption, with.pooled,
                              with.layout,  isolation_.holds(at.time()) ? with.held_back : kOpen,
                              on_block,     &on_attention,
                              &guard_};
  guard_.on_retry = on_retry;
  return transformer_(input, observer);
}

diffusion::Halves GuidedTransformer::operator()(const Tensor& x, const diffusion::FlowPoint& at,
                                                const std::vector<int>& guided) const {
  settle(false);
  const std::vector<Tensor> velocity = evaluate(x, at, guided, {});
  const auto images = static_cast<size_t>(x.dim(0));
  diffusion::Halves halves{stack(velocity, 0, images), stack(velocity, images, velocity.size())};
  for (const Tensor& half : {halves.conditional, halves.unconditional}) {
    if (half.defined()) calls_.push_back({ops::FiniteCheck(half), x, at, guided});
  }
  settle(false);
  return halves;
}

void GuidedTransformer::settle(bool wait) const {
  while (!calls_.empty() && (wait || calls_.front().result.ready())) {
    const Call call = calls_.front();
    calls_.pop_front();
    if (call.result.first_non_finite()) name_culprit(call);
  }
}

void GuidedTransformer::name_culprit(const Call& call) const {
  std::string culprit;
  evaluate(call.x, call.at, call.guided, [&](std::string_view path, const Tensor& value) {
    if (culprit.empty() && ops::first_non_finite(value)) culprit = path;
  });
  throw Error("sampling.not_finite", fmt::format("{} produced NaN or infinity in step {} of {}",
                                                 culprit.empty() ? "the transformer" : culprit,
                                                 call.at.step + 1, call.at.steps))
      .hint("check the weights with `newbie model verify`; if they are sound, try --dtype f32");
}

}  // namespace newbie::pipeline
