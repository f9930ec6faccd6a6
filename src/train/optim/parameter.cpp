#include "train/optim/parameter.h"

#include "ops/elementwise.h"
#include "ops/optimizer.h"
#include "ops/transfer.h"

namespace newbie::train {
namespace {

/// Copies the bytes of a tensor of the same type and size.
void overwrite(Tensor& to, const Tensor& from) {
  check(to.dtype() == from.dtype() && to.numel() == from.numel(), "overwrite: another kind");
  const Tensor host = ops::to_host(from);
  to.device().upload(to.mutable_raw(), host.raw(), host.bytes());
}

/// A tensor of its own, whoever owns the bytes of `x`.
Tensor owned(const Tensor& x, const Device& device) {
  Tensor copy = Tensor::empty(x.shape(), x.dtype(), device);
  overwrite(copy, x);
  return copy;
}

}  // namespace

Parameter make_parameter(std::string name, Role role, const Tensor& initial, DType compute,
                         const Device& device) {
  const MemoryScope memory(device, MemoryUse::weights);
  const Tensor exact = ops::cast(initial.detached(), DType::f32);
  if (compute == DType::f32 || role == Role::vector) {
    return {grad::Parameter(std::move(name), owned(exact, device)), role};
  }
  return {grad::Parameter(std::move(name), owned(ops::cast(exact, compute), device)), role,
          owned(exact, device)};
}

void assign(Parameter& parameter, const Tensor& exact) {
  Tensor value = parameter.leaf.values();
  overwrite(value, ops::cast(exact, value.dtype()));
  if (parameter.master.defined()) overwrite(parameter.master, exact);
}

std::vector<Tensor> exact_copies(const std::vector<Parameter>& parameters) {
  std::vector<Tensor> copies;
  for (const Parameter& parameter : parameters) {
    const Tensor exact = parameter.exact();
    copies.push_back(Tensor::zeros(exact.shape(), DType::f32, exact.device()));
    ops::accumulate_step(copies.back(), exact, 1);
  }
  return copies;
}

}  // namespace newbie::train
