#include "grad/parameter.h"

#include <cmath>

#include "ops/optimizer.h"

namespace newbie::grad {

double gradient_norm(const std::vector<Parameter>& parameters) {
  std::vector<Tensor> gradients;
  for (const Parameter& parameter : parameters) {
    if (parameter.gradient().defined()) gradients.push_back(parameter.gradient());
  }
  return gradients.empty() ? 0 : std::sqrt(ops::sum_of_squares(gradients));
}

float clipping(double norm, double longest) {
  return longest > 0 && norm > longest ? static_cast<float>(longest / norm) : 1.0f;
}

}  // namespace newbie::grad
