#include "ops/reference/optimizer.h"

#include <cmath>

#include "ops/reference/access.h"

namespace newbie::ops::reference {
namespace {

/// The precise value of a parameter, and writing it where it is kept.
struct Precise {
  Tensor& parameter;
  Tensor master;

  double get(int64_t i) const { return at(master.defined() ? master : parameter, i); }
  void set(int64_t i, double value) {
    if (master.defined()) {
      put(master, i, value);
      value = at(master, i);
    }
    put(parameter, i, value);
  }
};

}  // namespace

void adamw_step(Tensor& parameter, const AdamWState& state, const Tensor& gradient,
                const AdamWStep& step) {
  const double rate = step.learning_rate, b1 = step.beta1, b2 = step.beta2;
  const double c1 = 1 - std::pow(b1, static_cast<double>(step.step));
  const double c2 = 1 - std::pow(b2, static_cast<double>(step.step));
  Tensor first = state.first, second = state.second;
  Precise weight{parameter, state.master};
  for (int64_t i = 0; i < parameter.numel(); ++i) {
    const double g = at(gradient, i) * step.gradient_scale;
    put(first, i, b1 * at(first, i) + (1 - b1) * g);
    put(second, i, b2 * at(second, i) + (1 - b2) * g * g);
    const double direction = at(first, i) / c1 / (std::sqrt(at(second, i) / c2) + step.epsilon);
    weight.set(i, weight.get(i) * (1 - rate * step.weight_decay) - rate * direction);
  }
}

void update_step(Tensor& parameter, const Tensor& master, const Tensor& direction,
                 const float& decay, const float& scale) {
  Precise weight{parameter, master};
  for (int64_t i = 0; i < parameter.numel(); ++i) {
    weight.set(i, weight.get(i) * (1.0 - decay) + static_cast<double>(scale) * at(direction, i));
  }
}

void average_step(Tensor& average, const Tensor& x, const float& weight) {
  for (int64_t i = 0; i < average.numel(); ++i) {
    const double old = at(average, i);
    put(average, i, old + static_cast<double>(weight) * (at(x, i) - old));
  }
}

void accumulate_step(Tensor& sum, const Tensor& x, const float& scale) {
  for (int64_t i = 0; i < sum.numel(); ++i) {
    put(sum, i, at(sum, i) + static_cast<double>(scale) * at(x, i));
  }
}

void sum_of_squares(Tensor& sums, const std::vector<Tensor>& tensors) {
  for (size_t t = 0; t < tensors.size(); ++t) {
    double sum = 0;
    for (int64_t i = 0; i < tensors[t].numel(); ++i) {
      const double value = at(tensors[t], i);
      sum += value * value;
    }
    put(sums, static_cast<int64_t>(t), sum);
  }
}

}  // namespace newbie::ops::reference
