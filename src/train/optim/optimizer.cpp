#include "train/optim/optimizer.h"

#include <cmath>

#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "train/optim/muon.h"

namespace newbie::train {
namespace {

Tensor zeros_like(const Tensor& x) { return Tensor::zeros(x.shape(), DType::f32, x.device()); }

}  // namespace

Optimizer::Optimizer(const OptimizerSection& section, const std::vector<Parameter>& parameters)
    : section_(section) {
  for (const Parameter& parameter : parameters) {
    const MemoryScope memory(parameter.leaf.tensor().device(), MemoryUse::weights);
    Slot slot;
    slot.muon = section_.kind == "muon" && parameter.role == Role::matrix;
    if (slot.muon) {
      slot.momentum = zeros_like(parameter.leaf.values());
    } else {
      slot.adam = {zeros_like(parameter.leaf.values()), zeros_like(parameter.leaf.values()), {}};
    }
    names_.push_back(parameter.name());
    slots_.push_back(std::move(slot));
  }
}

void Optimizer::operator()(std::vector<Parameter>& parameters, const Step& step) {
  check(parameters.size() == slots_.size(), "Optimizer: another list of parameters");
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (!parameters[i].gradient().defined()) continue;
    slots_[i].muon ? muon_step(parameters[i], slots_[i], step)
                   : adam_step(parameters[i], slots_[i], step);
  }
}

void Optimizer::adam_step(Parameter& parameter, Slot& slot, const Step& step) const {
  const double factor = parameter.role == Role::embedding ? section_.embedding_factor : 1;
  slot.adam.master = parameter.master;
  Tensor value = parameter.leaf.values();
  ops::adamw_step(value, slot.adam, parameter.gradient(),
                  {.learning_rate = section_.learning_rate * step.rate_factor * factor,
                   .beta1 = section_.beta1,
                   .beta2 = section_.beta2,
                   .epsilon = section_.epsilon,
                   .weight_decay = parameter.role == Role::vector ? 0 : section_.weight_decay,
                   .gradient_scale = step.gradient_scale,
                   .step = step.number + 1});
}

void Optimizer::muon_step(Parameter& parameter, Slot& slot, const Step& step) const {
  const auto keep = static_cast<float>(section_.muon_momentum);
  const Tensor gradient =
      ops::affine(parameter.gradient(), static_cast<float>(step.gradient_scale), 0);
  ops::average_step(slot.momentum, gradient, 1 - keep);
  // Nesterov: the gradient looks ahead along the momentum.
  const Tensor ahead = ops::combine({{1 - keep, gradient}, {keep, slot.momentum}});
  const int64_t rows = ahead.dim(0), columns = ahead.numel() / rows;
  // Singular values need no f32: products in the parameter's own type are as good and quicker.
  const Tensor matrix = ops::cast(ahead.view({rows, columns}), parameter.leaf.tensor().dtype());
  const Tensor direction =
      orthogonalized(matrix, static_cast<int>(section_.muon_iterations)).view(ahead.shape());
  const double rate = section_.muon_learning_rate * step.rate_factor;
  Tensor value = parameter.leaf.values(), master = parameter.master;
  ops::update_step(value, master, direction, static_cast<float>(rate * section_.muon_weight_decay),
                   static_cast<float>(-rate * muon_scale(rows, columns)));
}

void Optimizer::visit(const std::function<void(const std::string&, Tensor&)>& body) {
  for (size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    if (slot.muon) {
      body(names_[i] + "|momentum", slot.momentum);
    } else {
      body(names_[i] + "|first", slot.adam.first);
      body(names_[i] + "|second", slot.adam.second);
    }
  }
}

double gradient_norm(const std::vector<Parameter>& parameters) {
  std::vector<grad::Parameter> leaves;
  for (const Parameter& parameter : parameters) leaves.push_back(parameter.leaf);
  return grad::gradient_norm(leaves);
}

std::string first_broken_gradient(const std::vector<Parameter>& parameters) {
  for (const Parameter& parameter : parameters) {
    const Tensor& gradient = parameter.gradient();
    if (gradient.defined() && ops::first_non_finite(gradient)) return parameter.name();
  }
  return "";
}

}  // namespace newbie::train
