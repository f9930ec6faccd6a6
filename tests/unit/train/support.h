#pragma once
/// What the training tests share: errors by code, small files, and a thing to learn that is as
/// small as can be.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "base/error.h"
#include "base/file.h"
#include "grad/backward.h"
#include "nn/linear.h"
#include "ops/loss.h"
#include "support/errors.h"
#include "support/program.h"
#include "train/data/random.h"
#include "train/loop/objective.h"
#include "train/recipe/recipe.h"

namespace newbie::train {

using test::code_of;

/// Learns the matrix that made its data: y = W x for random x, another batch in every pass.
class LearnMatrix : public Objective {
 public:
  explicit LearnMatrix(const Device& device, DType compute = DType::f32) : device_(device) {
    target_ = random_normal(7, Purpose::parameters, 0, {kRows, kColumns}, device);
    parameters_.push_back(make_parameter("blocks.0.weight", Role::matrix,
                                         Tensor::zeros({kRows, kColumns}, DType::f32, device),
                                         compute, device));
    parameters_.push_back(make_parameter(
        "bias", Role::vector, Tensor::zeros({kRows}, DType::f32, device), compute, device));
  }

  std::vector<Parameter>& parameters() override { return parameters_; }

  Losses pass(const Pass& pass) override {
    const auto number = static_cast<uint32_t>(pass.number);
    const Tensor x = random_normal(11, Purpose::noise, number, {16, kColumns}, device_);
    const DType compute = parameters_[0].leaf.tensor().dtype();
    const Tensor wanted = nn::product(x, target_);
    const Tensor found = nn::product(ops::cast(x, compute), parameters_[0].leaf.tensor(),
                                     parameters_[1].leaf.tensor());
    const Tensor loss =
        ops::mean_distance(ops::cast(found, DType::f32), wanted, ops::Distance::squared);
    grad::backward(loss);
    const Tensor value =
        pass.step == break_at_step ? Tensor::from({NAN}, {1}, device_) : loss.detached();
    return {value, {{"distance", value}}, {"picture.png"}};
  }

  std::filesystem::path write_result(const std::filesystem::path& folder) override {
    std::filesystem::create_directories(folder);
    std::string text;
    for (const float value : parameters_[0].exact().to_floats())
      text += std::to_string(value) + "\n";
    write_file(folder / "matrix.txt", text);
    return folder / "matrix.txt";
  }

  double distance() const {
    double sum = 0;
    const auto a = parameters_[0].exact().to_floats(), b = target_.to_floats();
    for (size_t i = 0; i < a.size(); ++i) sum += std::pow(static_cast<double>(a[i] - b[i]), 2);
    return std::sqrt(sum);
  }

  int64_t break_at_step = -1;

 private:
  static constexpr int64_t kRows = 6, kColumns = 8;
  Device device_;
  Tensor target_;
  std::vector<Parameter> parameters_;
};

/// A recipe for LearnMatrix.
inline Recipe matrix_recipe(const std::filesystem::path& out) {
  Recipe recipe;
  recipe.kind = Kind::full;
  recipe.run.out = out.string();
  recipe.run.steps = 12;
  recipe.run.accumulate = 2;
  recipe.run.save_every = 0;
  recipe.optimizer.learning_rate = 0.05;
  recipe.optimizer.weight_decay = 0;
  recipe.schedule.kind = "constant";
  return recipe;
}

}  // namespace newbie::train
