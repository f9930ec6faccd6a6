#include "train/optim/average.h"

#include "ops/optimizer.h"
#include "ops/transfer.h"

namespace newbie::train {

WeightAverage::WeightAverage(const std::vector<Parameter>& parameters) {
  for (const Parameter& parameter : parameters) {
    const Tensor exact = parameter.exact();
    const MemoryScope memory(exact.device(), MemoryUse::weights);
    Tensor value = Tensor::zeros(exact.shape(), DType::f32, exact.device());
    ops::accumulate_step(value, exact, 1);
    names_.push_back(parameter.name());
    values_.push_back(std::move(value));
  }
}

void WeightAverage::update(const std::vector<Parameter>& parameters, double decay) {
  check(parameters.size() == values_.size(), "WeightAverage: another list of parameters");
  for (size_t i = 0; i < values_.size(); ++i) {
    ops::average_step(values_[i], parameters[i].exact(), static_cast<float>(1 - decay));
  }
}

void WeightAverage::visit(const std::function<void(const std::string&, Tensor&)>& body) {
  for (size_t i = 0; i < values_.size(); ++i) body(names_[i], values_[i]);
}

}  // namespace newbie::train
