#include "eval/classifier/model.h"

#include <fmt/format.h>

#include <algorithm>

#include "image/resize.h"
#include "io/weight_set.h"
#include "models/loading.h"
#include "ops/elementwise.h"
#include "ops/shape.h"
#include "tensor/gradient.h"

namespace newbie::eval {
namespace {

constexpr auto kSilu = ops::Activation::silu;
constexpr float kEpsilon = 1e-5f;
/// Half the size: of an even side the last row and column have no neighbour but zeros.
constexpr ops::ConvGeometry kHalf{2, 0, 0, 1, 1};

Tensor batch_of(std::span<const image::Picture> pictures, int64_t size, const Device& device) {
  std::vector<float> planes;
  for (const image::Picture& picture : pictures) {
    const auto one =
        image::to_planes(image::cover(image::to_rgb(picture), size, size, image::Filter::lanczos));
    planes.insert(planes.end(), one.begin(), one.end());
  }
  return Tensor::from(planes, {static_cast<int64_t>(pictures.size()), 3, size, size}, device);
}

ClassifierConfig config_of(const std::filesystem::path& folder) {
  return read_classifier_config(io::Config::open(folder / "config.json"));
}

Classifier load(const std::filesystem::path& folder, const Device& device) {
  const auto weights = classifier_weights(folder, device);
  return {config_of(folder), nn::WeightScope(*weights, {.device = device})};
}

}  // namespace

std::vector<io::TensorSpec> expected_tensors(const ClassifierConfig& config) {
  std::vector<io::TensorSpec> list;
  const auto weight_and_bias = [&list](const std::string& name, const Shape& shape) {
    list.push_back({name + ".weight", shape});
    list.push_back({name + ".bias", {shape[0]}});
  };
  int64_t in = 3;
  for (size_t i = 0; i < config.widths.size(); ++i) {
    const std::string stage = fmt::format("stages.{}.", i);
    const int64_t width = config.widths[i];
    weight_and_bias(stage + "down", {width, in, 3, 3});
    weight_and_bias(stage + "norm1", {width});
    weight_and_bias(stage + "conv", {width, width, 3, 3});
    weight_and_bias(stage + "norm2", {width});
    in = width;
  }
  weight_and_bias("cells", {config.cell_width, in, 1, 1});
  weight_and_bias("cells_norm", {config.cell_width});
  weight_and_bias("features",
                  {config.features, config.cells() * config.cells() * config.cell_width});
  weight_and_bias("heads", {outputs(), config.features});
  return list;
}

std::unique_ptr<nn::WeightProvider> classifier_weights(const std::filesystem::path& folder,
                                                       const Device& device) {
  return std::make_unique<CheckedWeights>(
      io::WeightSet::open(folder, {.network = "classifier", .prefixes = {}, .layouts = {}}),
      expected_tensors(config_of(folder)), device);
}

Classifier::Classifier(const ClassifierConfig& config, const nn::WeightScope& scope)
    : config_(config),
      cells_(scope / "cells", config.widths.back(), config.cell_width, 1),
      cells_norm_(scope / "cells_norm", config.cell_width, config.groups, kEpsilon),
      features_(scope / "features", config.cells() * config.cells() * config.cell_width,
                config.features, nn::Bias::learned),
      heads_(scope / "heads", config.features, outputs(), nn::Bias::learned) {
  int64_t in = 3;
  for (size_t i = 0; i < config.widths.size(); ++i) {
    const nn::WeightScope stage = scope / "stages" / static_cast<int64_t>(i);
    const int64_t width = config.widths[i];
    stages_.push_back({nn::Conv2d(stage / "down", in, width, 3, kHalf),
                       nn::GroupNorm(stage / "norm1", width, config.groups, kEpsilon),
                       nn::Conv2d(stage / "conv", width, width, 3),
                       nn::GroupNorm(stage / "norm2", width, config.groups, kEpsilon)});
    in = width;
  }
}

Classifier::Seen Classifier::operator()(const Tensor& pictures) const {
  Tensor h = ops::to_channels_last(pictures);
  for (const Stage& stage : stages_) {
    h = stage.norm1(stage.down(h), kSilu);
    h = stage.norm2(stage.conv(h), kSilu);
  }
  h = cells_norm_(cells_(h), kSilu);
  const Tensor features = features_(h.view({h.dim(0), h.dim(1) * h.dim(2) * h.dim(3)}), kSilu);
  return {features, heads_(features)};
}

std::vector<std::vector<int32_t>> most_likely(const Tensor& logits) {
  const std::vector<float> values = ops::cast(logits, DType::f32).to_floats();
  const std::vector<Question> asked = questions();
  std::vector<std::vector<int32_t>> answers;
  auto row = values.begin();
  for (int64_t b = 0; b < logits.dim(0); ++b) {
    std::vector<int32_t>& own = answers.emplace_back();
    for (const Question& question : asked) {
      const auto end = row + question.values;
      own.push_back(static_cast<int32_t>(std::max_element(row, end) - row));
      row = end;
    }
  }
  return answers;
}

Judge::Judge(const std::filesystem::path& folder, const Device& device)
    : Judge(load(folder, device), device) {}

Judgement Judge::operator()(const image::Picture& picture) const {
  return (*this)(std::span(&picture, 1)).front();
}

std::vector<Judgement> Judge::operator()(std::span<const image::Picture> pictures) const {
  if (pictures.empty()) return {};
  const NoGradient quiet(device_);
  const auto [features, logits] =
      classifier_(batch_of(pictures, classifier_.config().size, device_));
  const std::vector<float> all = ops::cast(features, DType::f32).to_floats();
  std::vector<Judgement> judged;
  auto begin = all.begin();
  for (const std::vector<int32_t>& answers : most_likely(logits)) {
    judged.push_back({scene_of(answers), {begin, begin + features.dim(1)}});
    begin += features.dim(1);
  }
  return judged;
}

}  // namespace newbie::eval
