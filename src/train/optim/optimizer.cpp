#include "train/optim/optimizer.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/shape.h"
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
    if (!slot.muon) {
      slot.adam = {zeros_like(parameter.leaf.values()), zeros_like(parameter.leaf.values()), {}};
    }
    names_.push_back(parameter.name());
    slots_.push_back(std::move(slot));
  }
  // Matrices of one size and type lie together.
  std::map<std::tuple<int64_t, int64_t, DType>, MuonGroup> groups;
  for (size_t i = 0; i < slots_.size(); ++i) {
    const Tensor value = parameters[i].leaf.values();
    if (slots_[i].muon) {
      groups[{value.dim(0), value.numel() / value.dim(0), value.dtype()}].members.push_back(i);
    }
  }
  for (auto& [size, group] : groups) {
    const auto count = static_cast<int64_t>(group.members.size());
    const Device device = parameters[group.members.front()].leaf.tensor().device();
    const MemoryScope memory(device, MemoryUse::weights);
    group.momenta =
        Tensor::zeros({count, std::get<0>(size), std::get<1>(size)}, DType::f32, device);
    for (int64_t k = 0; k < count; ++k) {
      const size_t member = group.members[static_cast<size_t>(k)];
      slots_[member].momentum =
          group.momenta.slice(k, k + 1).view(parameters[member].leaf.values().shape());
    }
    groups_.push_back(std::move(group));
  }
}

void Optimizer::operator()(std::vector<Parameter>& parameters, const Step& step) {
  check(parameters.size() == slots_.size(), "Optimizer: another list of parameters");
  for (size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].muon || !parameters[i].gradient().defined()) continue;
    adam_step(parameters[i], slots_[i], step);
  }
  for (const MuonGroup& group : groups_) {
    const auto learns = [&](size_t i) { return parameters[i].gradient().defined(); };
    if (std::ranges::all_of(group.members, learns)) {
      muon_step(parameters, group, step);
      continue;
    }
    for (size_t k = 0; k < group.members.size(); ++k) {
      const auto at = static_cast<int64_t>(k);
      if (learns(group.members[k])) {
        muon_step(parameters, {{group.members[k]}, group.momenta.slice(at, at + 1)}, step);
      }
    }
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

void Optimizer::muon_step(std::vector<Parameter>& parameters, const MuonGroup& group,
                          const Step& step) const {
  const auto keep = static_cast<float>(section_.muon_momentum);
  Tensor momenta = group.momenta;
  const int64_t rows = momenta.dim(1), columns = momenta.dim(2);
  std::vector<Tensor> gradients;
  for (const size_t member : group.members) {
    gradients.push_back(parameters[member].gradient().view({1, rows, columns}));
  }
  const Tensor gradient =
      ops::affine(ops::concat_rows(gradients), static_cast<float>(step.gradient_scale), 0);
  ops::average_step(momenta, gradient, 1 - keep);
  // Nesterov: the gradient looks ahead along the momentum.
  const Tensor ahead = ops::combine({{1 - keep, gradient}, {keep, momenta}});
  // Singular values need no f32: products in the parameters' own type are as good and quicker.
  const DType type = parameters[group.members.front()].leaf.tensor().dtype();
  const Tensor directions =
      orthogonalized(ops::cast(ahead, type), static_cast<int>(section_.muon_iterations));
  const double rate = section_.muon_learning_rate * step.rate_factor;
  for (size_t k = 0; k < group.members.size(); ++k) {
    Parameter& parameter = parameters[group.members[k]];
    const auto at = static_cast<int64_t>(k);
    Tensor value = parameter.leaf.values(), master = parameter.master;
    ops::update_step(value, master, directions.slice(at, at + 1).view(value.shape()),
                     static_cast<float>(rate * section_.muon_weight_decay),
                     static_cast<float>(-rate * muon_scale(rows, columns)));
  }
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
