#pragma once
/// What a tensor remembers of how it was made, so that gradients find their way back. Ops write it
/// (`record`), grad/ walks it; without a leaf among its inputs an op remembers nothing.

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

#include "tensor/tensor.h"

namespace newbie {

/// One result of an op, or a leaf: a tensor whose gradient is asked for.
struct GradientNode {
  /// The gradients of the inputs, in their order, from that of the result; undefined for those that
  /// nobody wants. Captures what it needs, inputs among it, never the result with its node.
  using Backward = std::function<std::vector<Tensor>(const Tensor& dy)>;

  /// An input is a node and the elements [first, first + numel) of its tensor: views and slices
  /// share the node of what they look at.
  struct Input {
    std::shared_ptr<GradientNode> node;  ///< nullptr when nobody wants this gradient
    int64_t first;
    Shape shape;
  };

  GradientNode(std::string_view op_name, const Tensor& result);

  bool leaf() const { return depth == 0; }
  /// Where `view`, which has this node, begins in the tensor of this node, in elements.
  int64_t first_of(const Tensor& view) const;

  std::string_view op;
  Shape shape;
  DType dtype;
  /// What the gradient is gathered in: the type of the tensor; f32 (f64 for f64) for leaves.
  DType gradient_dtype;
  Device device;
  const std::byte* begin;  ///< of the tensor's elements: an address to measure from
  int level;               ///< parts computed again around it (grad/recompute.h)
  int64_t depth = 0;       ///< longest way from a leaf: inputs lie higher than results
  std::vector<Input> inputs;
  Backward backward;  ///< empty once used
  Tensor gradient;    ///< of a leaf: the sum of all that arrived
};

/// `value` as a leaf: ops on it are remembered, and its gradient is gathered.
Tensor leaf(const Tensor& value);

/// Whether an op on these must remember: one of them has a node and its device records.
bool recording(const Tensor& x);
bool recording(const std::vector<Tensor>& inputs);
template <class... More>
bool recording(const Tensor& x, const Tensor& y, const More&... more) {
  return recording(x) || recording(y, more...);
}

/// Lets `result` remember that `op` made it from `inputs` (undefined ones are skipped). Called by
/// an op's front when `recording` says so, before it hands the result on.
void record(Tensor& result, std::string_view op, const std::vector<Tensor>& inputs,
            GradientNode::Backward backward);

[[noreturn]] void refuse_recording(std::string_view op);

/// For an op that knows no gradient. Error: `grad.unsupported` when one of its inputs wants one.
template <class... Inputs>
void require_not_recording(std::string_view op, const Inputs&... inputs) {
  if ((recording(inputs) || ...)) refuse_recording(op);
}

/// Ops on the device remember nothing (or remember again) while this lives.
class RecordingScope {
 public:
  RecordingScope(const Device& device, bool record);
  ~RecordingScope();
  RecordingScope(const RecordingScope&) = delete;
  RecordingScope& operator=(const RecordingScope&) = delete;

 private:
  Device device_;
  bool before_;
};

/// No gradients: evaluation, sampling, updates of parameters.
class NoGradient : public RecordingScope {
 public:
  explicit NoGradient(const Device& device) : RecordingScope(device, false) {}
};

}  // namespace newbie
