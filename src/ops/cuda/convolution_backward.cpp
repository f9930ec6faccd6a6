#include "ops/cuda/convolution_backward.h"

#include "base/trace.h"
#include "ops/cuda/cudnn_graph.h"

namespace newbie::ops::cuda {
namespace {

struct Key {
  ConvolutionSide side;
  ConvolutionShape shape;

  auto operator<=>(const Key&) const = default;
};

struct BackwardPlans {
  PlanCache<Key, std::optional<GraphPlan>> cache;
};

Graph::Sizes channels_last(const Graph::Sizes& sizes) {
  return {sizes[1] * sizes[2] * sizes[3], 1, sizes[3] * sizes[1], sizes[1]};
}

std::optional<GraphPlan> make_plan(Libraries& libraries, const Key& key) {
  const ConvolutionShape& s = key.shape;
  const bool filter = key.side == ConvolutionSide::filter;
  Graph graph;
  const cudnnDataType_t type = cudnn_type(s.type);
  const Graph::Sizes image_sizes{s.batch, s.inputs, s.height, s.width};
  const Graph::Sizes kernel_sizes{s.outputs, s.inputs, s.kernel_height, s.kernel_width};
  const Graph::Sizes y_sizes{s.batch, s.outputs, s.out_height(), s.out_width()};
  const Graph::Tensor image = graph.tensor(image_sizes, channels_last(image_sizes), type);
  // No engine has a result that is wider than what it multiplies.
  const Graph::Tensor kernel = graph.tensor(kernel_sizes, channels_last(kernel_sizes), type);
  const Graph::Tensor dy = graph.tensor(y_sizes, channels_last(y_sizes), type);
  const Graph::Sizes stride{s.stride, s.stride}, before{s.top, s.left}, after{s.bottom, s.right};
  if (filter) {
    graph.convolution_filter(image, dy, kernel, stride, before, after);
  } else {
    graph.convolution_data(dy, kernel, image, stride, before, after);
  }
  std::string why;
  auto made = graph.plan(libraries, {.exact = s.type == DType::f32}, why);
  if (!made && tracing("ops")) trace("ops", "convolution, backwards -> plain; " + why);
  return made;
}

const std::optional<GraphPlan>& plan_of(Libraries& libraries, ConvolutionSide side,
                                        ConvolutionShape shape) {
  shape.bias = shape.residual = false;
  const Key key{side, shape};
  return libraries.part<BackwardPlans>().cache.get(key, [&] { return make_plan(libraries, key); });
}

}  // namespace

size_t convolution_backward_scratch(Libraries& libraries, ConvolutionSide side,
                                    const ConvolutionShape& shape) {
  const auto& plan = plan_of(libraries, side, shape);
  return plan ? plan->scratch_bytes() : 0;
}

void convolution_backward(Libraries& libraries, ConvolutionSide side, const ConvolutionShape& shape,
                          const ConvolutionBackward& operands, Scratch scratch) {
  const auto& plan = plan_of(libraries, side, shape);
  if (!plan) return plain_convolution_backward(libraries.stream(), side, shape, operands);
  plan->run(libraries, {operands.image, operands.kernel, operands.dy}, scratch);
}

}  // namespace newbie::ops::cuda
