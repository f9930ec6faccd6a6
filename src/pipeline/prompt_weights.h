#pragma once
/// What the weights of a prompt do to its caption features.

#include <optional>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace newbie::pipeline {

/// r is the first row: no token before it, so it is what the empty prompt reads as. h is a token's
/// features, w its weight.
enum class WeightLaw {
  off,     ///< weights do nothing
  scale,   ///< n(r) + w (n(h) - n(r)), n(x) = x / rms(x): the direction alone, which is all that
           ///< the transformer reads
  mean,    ///< Newbie nodes: m + w (h - m), m the mean of all tokens
  empty,   ///< Newbie nodes: r + w (h - r)
  compel,  ///< Newbie nodes: w < 1 mixes w^0.7 h with a reading in which the lowered tokens are
           ///< hidden; w > 1 is r + w^0.8 (h - r), with exponent 1 where no weight is between 0 and
           ///< 1
};

std::optional<WeightLaw> weight_law_named(std::string_view name);

/// Whether a law wants the caption read again without its lowered tokens.
bool wants_reduced(WeightLaw law, const std::vector<float>& weights);

/// Tokens that this second reading hides.
std::vector<bool> hidden_when_reduced(const std::vector<float>& weights);

/// features [T,D] with each row moved by its weight; rows of weight 1 are not touched, and without
/// others the result is `features` itself. `reduced` [T,D]: see wants_reduced. Computed in f32.
/// Source: ComfyUI-Newbie-Nodes comfy_newbie_clip_loader.py for the last three laws.
Tensor weighted(const Tensor& features, const std::vector<float>& weights, WeightLaw law,
                const Tensor& reduced = {});

}  // namespace newbie::pipeline
