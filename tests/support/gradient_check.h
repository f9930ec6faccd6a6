#pragma once
/// Gradients against finite differences in double.

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "grad/backward.h"
#include "support/compare.h"
#include "support/tensors.h"

namespace newbie::test {

using Function = std::function<Tensor(const std::vector<Tensor>&)>;

inline double dot(const Tensor& a, const Tensor& b) {
  const std::vector<double> x = to_doubles(a), y = to_doubles(b);
  double sum = 0;
  for (size_t i = 0; i < x.size(); ++i) sum += x[i] * y[i];
  return sum;
}

/// x + step * direction, in f64.
inline Tensor moved(const Tensor& x, const Tensor& direction, double step) {
  Tensor y = Tensor::empty(x.shape(), DType::f64, x.device());
  const std::vector<double> from = to_doubles(x), along = to_doubles(direction);
  for (size_t i = 0; i < from.size(); ++i) y.mutable_data<double>()[i] = from[i] + step * along[i];
  return y;
}

/// The gradients of <dy, f(inputs)>, by going back.
inline std::vector<Tensor> gradients_of(const Function& f, const std::vector<Tensor>& inputs,
                                        const Tensor& dy) {
  std::vector<Tensor> leaves;
  for (const Tensor& input : inputs) leaves.push_back(leaf(input));
  grad::backward(f(leaves), dy);
  std::vector<Tensor> gradients;
  for (const Tensor& x : leaves) gradients.push_back(x.gradient_node()->gradient);
  return gradients;
}

/// The slope of <dy, f> along random directions of every input, by going back and by a difference
/// of two values: f64 inputs. Where f has corners, inputs must stay away from them.
inline void expect_gradients(const std::string& name, const Function& f,
                             const std::vector<Tensor>& inputs, double limit = 1e-7) {
  SCOPED_TRACE(name);
  constexpr double kStep = 1e-5;
  constexpr int kDirections = 4;
  const Tensor y = f(inputs);
  const Tensor dy = random_tensor(y.shape(), DType::f64, y.device(), 77);
  const std::vector<Tensor> gradients = gradients_of(f, inputs, dy);
  for (size_t i = 0; i < inputs.size(); ++i) {
    ASSERT_TRUE(gradients[i].defined()) << "input " << i << " got no gradient";
    ASSERT_EQ(gradients[i].shape(), inputs[i].shape()) << "input " << i;
    for (int k = 0; k < kDirections; ++k) {
      const Tensor direction =
          random_tensor(inputs[i].shape(), DType::f64, y.device(),
                        static_cast<uint32_t>(100 + 10 * i) + static_cast<uint32_t>(k));
      const auto value = [&](double step) {
        std::vector<Tensor> there = inputs;
        there[i] = moved(inputs[i], direction, step);
        return dot(dy, f(there));
      };
      const double expected = (value(kStep) - value(-kStep)) / (2 * kStep);
      const double size = std::sqrt(dot(direction, direction) * dot(gradients[i], gradients[i]));
      EXPECT_NEAR(dot(direction, gradients[i]), expected, limit * std::max(size, 1e-3))
          << "input " << i << ", direction " << k;
    }
  }
}

}  // namespace newbie::test
