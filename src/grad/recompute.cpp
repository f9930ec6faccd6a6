#include "grad/recompute.h"

#include "grad/backward.h"
#include "tensor/device_state.h"
#include "tensor/gradient.h"

namespace newbie::grad {
namespace {

const Device& device_of(const std::vector<Tensor>& inputs) {
  for (const Tensor& input : inputs) {
    if (input.defined()) return input.device();
  }
  check(false, "recompute: at least one input");
  return inputs.front().device();
}

/// A leaf in place of an input, whose gradient has the input's own type.
Tensor leaf_like(const Tensor& input) {
  Tensor made = leaf(input);
  made.gradient_node()->gradient_dtype = input.dtype();
  return made;
}

/// What is recorded belongs to a part that is computed again.
class RecomputeScope {
 public:
  explicit RecomputeScope(const Device& device) : recording_(device, true), device_(device) {
    ++device_.state().recompute_level;
  }
  ~RecomputeScope() { --device_.state().recompute_level; }
  RecomputeScope(const RecomputeScope&) = delete;
  RecomputeScope& operator=(const RecomputeScope&) = delete;

 private:
  RecordingScope recording_;
  Device device_;
};

std::vector<Tensor> again(const Part& part, const std::vector<Tensor>& inputs,
                          const std::vector<bool>& wanted, const Tensor& dy) {
  std::vector<Tensor> leaves;
  for (size_t i = 0; i < inputs.size(); ++i) {
    leaves.push_back(wanted[i] ? leaf_like(inputs[i]) : inputs[i]);
  }
  const RecomputeScope scope(dy.device());
  const Tensor y = part(leaves);
  if (y.requires_gradient()) backward(y, dy);
  std::vector<Tensor> gradients;
  for (const Tensor& leaf : leaves) {
    gradients.push_back(leaf.requires_gradient() ? leaf.gradient_node()->gradient : Tensor());
  }
  return gradients;
}

}  // namespace

Tensor recompute(const Part& part, const std::vector<Tensor>& inputs) {
  const Device& device = device_of(inputs);
  if (!device.state().recording) return part(inputs);
  std::vector<Tensor> kept;
  std::vector<bool> wanted;
  for (const Tensor& input : inputs) {
    kept.push_back(input.detached());
    wanted.push_back(input.requires_gradient());
  }
  Tensor y;
  {
    const NoGradient scope(device);
    y = part(kept);
  }
  record(y, "recompute", inputs,
         [part, kept, wanted](const Tensor& dy) { return again(part, kept, wanted, dy); });
  return y;
}

}  // namespace newbie::grad
