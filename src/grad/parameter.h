#pragma once
/// Tensors that learn.

#include <string>
#include <vector>

#include "tensor/gradient.h"

namespace newbie::grad {

/// A named leaf. Copies mean the same parameter: a network that was built from `tensor()` sees
/// every change of its elements.
class Parameter {
 public:
  /// `value` is owned memory, not a mapped file; who trains writes to it.
  Parameter(std::string name, const Tensor& value) : name_(std::move(name)), tensor_(leaf(value)) {}

  const std::string& name() const { return name_; }
  /// The leaf: for networks.
  const Tensor& tensor() const { return tensor_; }
  /// The elements: for optimisers, which may write to them between steps.
  Tensor values() const { return tensor_.detached(); }
  /// What backward() has gathered since it was last cleared; undefined for none. Type: f32.
  const Tensor& gradient() const { return tensor_.gradient_node()->gradient; }
  void clear_gradient() const { tensor_.gradient_node()->gradient = {}; }

 private:
  std::string name_;
  Tensor tensor_;
};

/// sqrt of the sum of squares of all gradients; parameters without one count as zeros. In double
/// and a fixed order; not finite exactly when an element is not.
double gradient_norm(const std::vector<Parameter>& parameters);

/// What gradients must be multiplied with so that a norm longer than `longest` becomes it: at most
/// 1, and 1 when `longest` is 0.
float clipping(double norm, double longest);

}  // namespace newbie::grad
