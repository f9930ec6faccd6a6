#include "tensor/gradient.h"

#include <fmt/format.h>

#include <algorithm>

#include "tensor/device_state.h"

namespace newbie {

GradientNode::GradientNode(std::string_view op_name, const Tensor& result)
    : op(op_name),
      shape(result.shape()),
      dtype(result.dtype()),
      gradient_dtype(result.dtype()),
      device(result.device()),
      begin(result.raw()),
      level(result.device().state().recompute_level) {}

int64_t GradientNode::first_of(const Tensor& view) const {
  const int64_t first = (view.raw() - begin) / static_cast<int64_t>(size_of(dtype));
  check(first >= 0 && first + view.numel() <= shape.numel(), "GradientNode: not a view of it");
  return first;
}

Tensor leaf(const Tensor& value) {
  check(is_floating(value.dtype()), "leaf: only numbers have gradients");
  auto node = std::make_shared<GradientNode>("leaf", value);
  if (value.dtype() != DType::f64) node->gradient_dtype = DType::f32;
  return value.with_gradient_node(std::move(node));
}

bool recording(const Tensor& x) { return x.requires_gradient() && x.device().state().recording; }

bool recording(const std::vector<Tensor>& inputs) {
  return std::ranges::any_of(inputs, [](const Tensor& x) { return recording(x); });
}

void record(Tensor& result, std::string_view op, const std::vector<Tensor>& inputs,
            GradientNode::Backward backward) {
  auto node = std::make_shared<GradientNode>(op, result);
  node->depth = 1;
  for (const Tensor& input : inputs) {
    const auto& from = input.gradient_node();
    node->inputs.push_back({from, from ? from->first_of(input) : 0, input.shape()});
    if (from) node->depth = std::max(node->depth, from->depth + 1);
  }
  node->backward = std::move(backward);
  result = result.with_gradient_node(std::move(node));
}

void refuse_recording(std::string_view op) {
  throw Error("grad.unsupported", fmt::format("[{}] has no gradient", op))
      .hint("run it without gradients, on a detached copy of its input");
}

RecordingScope::RecordingScope(const Device& device, bool record)
    : device_(device), before_(device.state().recording) {
  device_.state().recording = record;
}

RecordingScope::~RecordingScope() { device_.state().recording = before_; }

}  // namespace newbie
