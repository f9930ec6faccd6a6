#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "eval/classifier/model.h"
#include "ops/elementwise.h"
#include "world/sampler.h"

namespace newbie::eval {
namespace {

using world::Scene;
using world::Trait;

/// Values that depend on the name and the place alone.
class FilledWeights final : public nn::WeightProvider {
 public:
  Tensor take(const std::string& path, const Shape& shape) override {
    taken.push_back({path, shape});
    std::vector<float> values(static_cast<size_t>(shape.numel()));
    const size_t start = std::hash<std::string>()(path) % 97;
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = std::sin(static_cast<float>(i + start)) * 0.1f;
    }
    return Tensor::from(values, shape, Device::cpu());
  }
  bool has(const std::string&) const override { return true; }

  std::vector<io::TensorSpec> taken;
};

ClassifierConfig small() {
  return {.size = 64, .widths = {8, 16}, .groups = 4, .cell_width = 4, .features = 12};
}

TEST(Classifier, AnswersAndScenesAreTheSameThing) {
  const world::Sampler sampler(5);
  for (uint64_t i = 0; i < 40; ++i) {
    const Scene scene = sampler.scene(i);
    std::vector<int32_t> told = answers(scene);
    ASSERT_EQ(told.size(), questions().size());
    for (int32_t& answer : told) answer = std::max(answer, 0);
    const Scene again = scene_of(told);
    ASSERT_EQ(again.characters.size(), scene.characters.size());
    EXPECT_EQ(again.values, scene.values);
    for (size_t place = 0; place < scene.characters.size(); ++place) {
      for (const Trait trait : kJudged) {
        if (!is_visible(scene.characters[place], trait)) continue;
        EXPECT_EQ(again.characters[place][trait], scene.characters[place][trait]);
      }
    }
  }
}

TEST(Classifier, WhatCannotBeSeenHasNoAnswer) {
  Scene scene;
  scene.characters.resize(2);
  scene.characters[0][Trait::expression] = static_cast<uint8_t>(world::Expression::closed_eyes);
  const auto list = questions();
  const auto told = answers(scene);
  for (size_t i = 0; i < list.size(); ++i) {
    const bool unseen = list[i].name == "1 eye_color" || list[i].name.starts_with("3 ");
    EXPECT_EQ(told[i] == -1, unseen) << list[i].name;
  }
}

TEST(Classifier, EveryOutputBelongsToOneQuestion) {
  int64_t sum = 0;
  for (const Question& question : questions()) sum += question.values;
  EXPECT_EQ(sum, outputs());
  EXPECT_EQ(questions().size(), 1 + world::kSceneTraitCount + 3 * std::size(kJudged));
}

TEST(Classifier, TakesExactlyTheTensorsThatItNames) {
  FilledWeights weights;
  nn::WeightUse use{.device = Device::cpu()};
  const Classifier classifier(small(), nn::WeightScope(weights, use));
  auto named = expected_tensors(small());
  const auto by_name = [](const auto& a, const auto& b) { return a.name < b.name; };
  std::ranges::sort(named, by_name);
  std::ranges::sort(weights.taken, by_name);
  ASSERT_EQ(named.size(), weights.taken.size());
  for (size_t i = 0; i < named.size(); ++i) {
    EXPECT_EQ(named[i].name, weights.taken[i].name);
    EXPECT_EQ(named[i].shape, weights.taken[i].shape) << named[i].name;
  }
}

TEST(Classifier, JudgesPicturesOneByOneAsTogether) {
  FilledWeights weights;
  nn::WeightUse use{.device = Device::cpu()};
  const Judge judge(Classifier(small(), nn::WeightScope(weights, use)), Device::cpu());
  const world::Sampler sampler(8);
  std::vector<image::Picture> pictures;
  for (uint64_t i = 0; i < 3; ++i) pictures.push_back(sampler.draw(i, {64, 64}).rendering.picture);
  const auto together = judge(pictures);
  ASSERT_EQ(together.size(), 3u);
  EXPECT_NE(together[0].features, together[1].features);
  for (size_t i = 0; i < pictures.size(); ++i) {
    const Judgement alone = judge(pictures[i]);
    EXPECT_EQ(alone.scene, together[i].scene);
    ASSERT_EQ(alone.features.size(), 12u);
    for (size_t f = 0; f < 12; ++f) EXPECT_NEAR(alone.features[f], together[i].features[f], 1e-5);
  }
}

TEST(Classifier, TheLikeliestAnswerIsTheGreatestOfItsQuestion) {
  const auto list = questions();
  std::vector<float> logits(static_cast<size_t>(outputs()), -1.0f);
  size_t begin = 0;
  for (const Question& question : list) {
    logits[begin + static_cast<size_t>(question.values) - 1] = 2.0f;  // the last one
    begin += static_cast<size_t>(question.values);
  }
  const auto found = most_likely(Tensor::from(logits, {1, outputs()}, Device::cpu())).front();
  for (size_t i = 0; i < list.size(); ++i) EXPECT_EQ(found[i], list[i].values - 1);
}

TEST(Classifier, RefusesConfigsThatDoNotFit) {
  const auto code_of = [](ClassifierConfig config) {
    try {
      validate(config);
    } catch (const Error& error) {
      return error.code();
    }
    return std::string();
  };
  EXPECT_EQ(code_of(small()), "");
  ClassifierConfig config = small();
  config.size = 66;
  EXPECT_EQ(code_of(config), "config.invalid");
  config = small();
  config.widths = {8, 18};
  EXPECT_EQ(code_of(config), "config.invalid");
  EXPECT_EQ(read_classifier_config(io::Config::parse(to_json(small()), "test")), small());
}

TEST(Classifier, TheShippedSizeStaysBelowThreeMegabytes) {
  const auto config = read_classifier_config(
      io::Config::open(NEWBIE_SOURCE_DIR "/recipes/nano/classifier/config.json"));
  int64_t parameters = 0;
  for (const io::TensorSpec& spec : expected_tensors(config)) parameters += spec.shape.numel();
  EXPECT_LT(2 * parameters, 3'000'000) << "in bf16";
  EXPECT_GT(2 * parameters, 2'000'000);
}

}  // namespace
}  // namespace newbie::eval
