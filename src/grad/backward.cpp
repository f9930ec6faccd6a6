#include "grad/backward.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "ops/backward/elementwise.h"
#include "ops/elementwise.h"
#include "tensor/device_state.h"

namespace newbie::grad {
namespace {

/// What has arrived for one node: whole gradients, and those of views that saw a part of it.
class Slot {
 public:
  void add(const GradientNode& node, int64_t first, const Tensor& gradient) {
    const Tensor typed = ops::cast(gradient, node.gradient_dtype);
    const int64_t count = node.shape.numel();
    if (typed.numel() == count) {
      add_whole(typed.view({count}));
      return;
    }
    own(node);
    Tensor part = sum_.slice(first, first + typed.numel());
    ops::add_to(part, typed.view({typed.numel()}));
  }

  const Tensor& sum() const { return sum_; }
  /// Of the tensor's shape.
  Tensor take(const GradientNode& node) { return std::exchange(sum_, {}).view(node.shape); }

 private:
  /// The first whole gradient is taken as it is; it may be somebody else's as well.
  void add_whole(const Tensor& gradient) {
    if (!sum_.defined()) {
      sum_ = gradient;
    } else if (owned_) {
      ops::add_to(sum_, gradient);
    } else {
      sum_ = ops::add(sum_, gradient);
      owned_ = true;
    }
  }

  /// Makes the sum a block of our own.
  void own(const GradientNode& node) {
    if (owned_) return;
    Tensor mine = Tensor::zeros({node.shape.numel()}, node.gradient_dtype, node.device);
    if (sum_.defined()) ops::add_to(mine, sum_);
    sum_ = mine;
    owned_ = true;
  }

  Tensor sum_;
  bool owned_ = false;
};

/// Nodes in an order in which every result comes before its inputs.
std::vector<std::shared_ptr<GradientNode>> from_result_to_leaves(
    const std::shared_ptr<GradientNode>& result) {
  std::vector<std::shared_ptr<GradientNode>> nodes{result};
  std::unordered_map<const GradientNode*, bool> seen{{result.get(), true}};
  for (size_t i = 0; i < nodes.size(); ++i) {
    const auto node = nodes[i];
    for (const GradientNode::Input& input : node->inputs) {
      if (input.node && seen.emplace(input.node.get(), true).second) nodes.push_back(input.node);
    }
  }
  std::ranges::stable_sort(nodes, std::greater(), [](const auto& node) { return node->depth; });
  return nodes;
}

void add_to_leaf(GradientNode& leaf, Slot& slot) {
  if (!leaf.gradient.defined()) {
    leaf.gradient = slot.take(leaf);
  } else {
    leaf.gradient = ops::add(leaf.gradient, slot.take(leaf));
  }
}

[[noreturn]] void refuse_freed(const GradientNode& node) {
  throw Error("grad.freed",
              fmt::format("what the result of {} was made from is forgotten", node.op))
      .hint("a loss is gone back through once; compute it again for another pass");
}

[[noreturn]] void refuse_outside(const GradientNode& node) {
  throw Error("grad.recompute",
              fmt::format("a part that is computed again reads the result of {} {}, which is not "
                          "among its inputs",
                          node.op, node.shape.str()))
      .hint("pass every tensor that has a gradient as an input of recompute()");
}

class Pass {
 public:
  Pass(const Tensor& result, const Tensor& dy)
      : level_(result.device().state().recompute_level),
        nodes_(from_result_to_leaves(result.gradient_node())) {
    const GradientNode& root = *result.gradient_node();
    slots_[&root].add(root, root.first_of(result), dy);
  }

  void run() {
    for (auto& node : nodes_) {
      const auto found = slots_.find(node.get());
      if (found != slots_.end()) step(*node, found->second);
      slots_.erase(node.get());
      node.reset();
    }
  }

 private:
  void step(GradientNode& node, Slot& slot) {
    const NoGradient scope(node.device);
    if (node.leaf()) return add_to_leaf(node, slot);
    if (node.level < level_) refuse_outside(node);
    if (!node.backward) refuse_freed(node);
    const auto backward = std::exchange(node.backward, {});
    const auto inputs = std::exchange(node.inputs, {});
    const std::vector<Tensor> gradients = backward(slot.take(node));
    check(gradients.size() <= inputs.size(), "backward: more gradients than inputs");
    for (size_t i = 0; i < gradients.size(); ++i) {
      if (!inputs[i].node || !gradients[i].defined()) continue;
      check(gradients[i].numel() == inputs[i].shape.numel(),
            "backward: a gradient of another size than its input");
      slots_[inputs[i].node.get()].add(*inputs[i].node, inputs[i].first, gradients[i]);
    }
  }

  int level_;
  std::vector<std::shared_ptr<GradientNode>> nodes_;
  std::unordered_map<const GradientNode*, Slot> slots_;
};

}  // namespace

void backward(const Tensor& loss, float scale) {
  check(loss.numel() == 1, "backward: a loss is one number");
  backward(loss, ops::cast(Tensor::from({scale}, loss.shape(), loss.device()), loss.dtype()));
}

void backward(const Tensor& result, const Tensor& dy) {
  if (!result.requires_gradient()) {
    throw Error("grad.not_recorded",
                fmt::format("no leaf stands behind the result {}", result.str()))
        .hint("make the parameters leaves, and compute the result outside of NoGradient");
  }
  check(dy.shape() == result.shape(), "backward: the gradient of a result has its shape");
  const MemoryScope memory(result.device(), MemoryUse::activations);
  Pass(result, dy).run();
}

}  // namespace newbie::grad
