#pragma once
/// From gradients to the next values of all parameters.

#include <functional>
#include <string>
#include <vector>

#include "ops/optimizer.h"
#include "train/optim/parameter.h"
#include "train/recipe/recipe.h"

namespace newbie::train {

/// AdamW for all parameters, or Muon for the matrices and AdamW for the others. Parameters whose
/// gradient did not arrive in a step stay as they are.
class Optimizer {
 public:
  Optimizer(const OptimizerSection& section, const std::vector<Parameter>& parameters);

  struct Step {
    int64_t number = 0;         ///< from 0
    double rate_factor = 1;     ///< of the learning rates
    double gradient_scale = 1;  ///< multiplied into gradients first
  };
  void operator()(std::vector<Parameter>& parameters, const Step& step);

  /// Everything that is remembered between steps, under stable names.
  void visit(const std::function<void(const std::string& name, Tensor& state)>& body);

 private:
  struct Slot {
    bool muon = false;
    ops::AdamWState adam;  ///< without master, which the parameter has
    Tensor momentum;
  };
  void adam_step(Parameter& parameter, Slot& slot, const Step& step) const;
  /// Matrices of one size, whose momenta follow one another: hundreds of them are a few products.
  struct MuonGroup {
    std::vector<size_t> members;
    Tensor momenta;  ///< [members, rows, columns]
  };
  void muon_step(std::vector<Parameter>& parameters, const MuonGroup& group,
                 const Step& step) const;

  OptimizerSection section_;
  std::vector<std::string> names_;
  std::vector<Slot> slots_;
  std::vector<MuonGroup> groups_;
};

/// Length of all gradients together; not finite exactly when an element of one is not.
double gradient_norm(const std::vector<Parameter>& parameters);

/// The first parameter whose gradient has NaN or infinity; empty when all are finite.
std::string first_broken_gradient(const std::vector<Parameter>& parameters);

}  // namespace newbie::train
