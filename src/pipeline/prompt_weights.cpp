#include "pipeline/prompt_weights.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/error.h"
#include "ops/norm.h"
#include "ops/reduce.h"
#include "ops/shape.h"

namespace newbie::pipeline {
namespace {

constexpr float kEps = 1e-6f;

bool lowered(float weight) { return weight > 0 && weight < 1; }

/// y = a x + b z with z [1,D] under every row of x.
Tensor mixed(float a, const Tensor& x, float b, const Tensor& z) {
  const std::vector<int64_t> same(static_cast<size_t>(x.dim(0)), 0);
  return ops::combine({{a, x}, {b, ops::take_rows(z, same)}});
}

/// The law for rows of one weight.
class Mover {
 public:
  Mover(const Tensor& features, const std::vector<float>& weights, WeightLaw law,
        const Tensor& reduced)
      : law_(law),
        features_(ops::cast(features, DType::f32)),
        reduced_(reduced.defined() ? ops::cast(reduced, DType::f32) : reduced),
        raised_power_(std::ranges::any_of(weights, lowered) ? 0.8f : 1.0f) {
    centre_ = law == WeightLaw::mean
                  ? ops::mean_rows(features_, ops::Packing::of_lengths({features.dim(0)}))
                  : features_.slice(0, 1);
    if (law == WeightLaw::scale) {
      ones_ = Tensor::from(std::vector<float>(static_cast<size_t>(features.dim(1)), 1.0f),
                           Shape{features.dim(1)}, features.device());
      centre_ = ops::rms_norm(centre_, ones_, kEps);
    }
  }

  Tensor operator()(int64_t begin, int64_t end, float w) const {
    const Tensor h = features_.slice(begin, end);
    if (law_ == WeightLaw::scale) {
      return mixed(w, ops::rms_norm(h, ones_, kEps), 1 - w, centre_);
    }
    if (law_ == WeightLaw::compel && w < 1) {
      if (!reduced_.defined()) return h;
      const float kept = w > 0 ? std::pow(w, 0.7f) : 0.0f;
      return ops::combine({{kept, h}, {1 - kept, reduced_.slice(begin, end)}});
    }
    const float scale = law_ == WeightLaw::compel ? std::pow(w, raised_power_) : w;
    return mixed(scale, h, 1 - scale, centre_);
  }

 private:
  WeightLaw law_;
  Tensor features_, reduced_;
  float raised_power_;
  Tensor centre_;  // [1,D]
  Tensor ones_;
};

}  // namespace

std::optional<WeightLaw> weight_law_named(std::string_view name) {
  using enum WeightLaw;
  constexpr std::array kNames{std::pair{"off", off}, std::pair{"scale", scale},
                              std::pair{"mean", mean}, std::pair{"empty", empty},
                              std::pair{"compel", compel}};
  for (const auto& [known, law] : kNames) {
    if (name == known) return law;
  }
  return std::nullopt;
}

bool wants_reduced(WeightLaw law, const std::vector<float>& weights) {
  return law == WeightLaw::compel && std::ranges::any_of(weights, lowered);
}

std::vector<bool> hidden_when_reduced(const std::vector<float>& weights) {
  std::vector<bool> hidden(weights.size());
  std::transform(weights.begin(), weights.end(), hidden.begin(), lowered);
  return hidden;
}

Tensor weighted(const Tensor& features, const std::vector<float>& weights, WeightLaw law,
                const Tensor& reduced) {
  const auto is_one = [](float w) { return w == 1.0f; };
  if (law == WeightLaw::off || std::ranges::all_of(weights, is_one)) return features;
  check(static_cast<int64_t>(weights.size()) == features.dim(0), "one weight per token");
  const Mover moved(features, weights, law, reduced);
  std::vector<Tensor> rows;
  for (size_t begin = 0; begin < weights.size();) {
    const float w = weights[begin];
    size_t end = begin + 1;
    while (end < weights.size() && weights[end] == w) ++end;
    const auto first = static_cast<int64_t>(begin), last = static_cast<int64_t>(end);
    rows.push_back(is_one(w) ? features.slice(first, last)
                             : ops::cast(moved(first, last, w), features.dtype()));
    begin = end;
  }
  return ops::concat_rows(rows);
}

}  // namespace newbie::pipeline
