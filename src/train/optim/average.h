#pragma once
/// A moving average of the parameters, which draws better pictures than their last values.

#include <functional>
#include <string>
#include <vector>

#include "train/optim/parameter.h"

namespace newbie::train {

/// One f32 tensor per parameter that follows its values slowly.
class WeightAverage {
 public:
  /// Starts at the parameters' values.
  explicit WeightAverage(const std::vector<Parameter>& parameters);

  /// average = decay * average + (1 - decay) * value.
  void update(const std::vector<Parameter>& parameters, double decay);

  /// In the order of the parameters; f32.
  const std::vector<Tensor>& values() const { return values_; }
  void visit(const std::function<void(const std::string& name, Tensor& state)>& body);

 private:
  std::vector<std::string> names_;
  std::vector<Tensor> values_;
};

}  // namespace newbie::train
