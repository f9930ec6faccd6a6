/// Bias and residual ride in cuDNN's kernel where it has one for the whole graph; where it has not,
/// they follow in a second pass over the image.
#include "ops/cuda/convolution.h"

#include "ops/cuda/cudnn_graph.h"

namespace newbie::ops::cuda {
namespace {

struct ConvolutionPlan {
  std::optional<GraphPlan> plan;
  bool fused = false;
};

struct ConvolutionPlans {
  PlanCache<ConvolutionShape, ConvolutionPlan> cache;
};

Graph::Sizes channels_last(const Graph::Sizes& sizes) {
  return {sizes[1] * sizes[2] * sizes[3], 1, sizes[3] * sizes[1], sizes[1]};
}

/// x, w (, bias) (, residual), y in the order the plan wants its pointers.
std::optional<GraphPlan> plan_of(Libraries& libraries, const ConvolutionShape& s, bool fused) {
  Graph graph;
  const cudnnDataType_t type = cudnn_type(s.type);
  const Graph::Sizes x_sizes{s.batch, s.inputs, s.height, s.width};
  const Graph::Sizes w_sizes{s.outputs, s.inputs, s.kernel_height, s.kernel_width};
  const Graph::Sizes y_sizes{s.batch, s.outputs, s.out_height(), s.out_width()};
  const Graph::Sizes y_strides = channels_last(y_sizes);
  const Graph::Tensor x = graph.tensor(x_sizes, channels_last(x_sizes), type);
  const Graph::Tensor w = graph.tensor(w_sizes, channels_last(w_sizes), type);
  const bool bias = fused && s.bias, residual = fused && s.residual;
  const auto between = [&] { return graph.between(y_sizes, y_strides, CUDNN_DATA_FLOAT); };

  Graph::Tensor added_bias = 0, added_residual = 0;
  if (bias) {
    added_bias =
        graph.tensor({1, s.outputs, 1, 1}, {s.outputs, 1, s.outputs, s.outputs}, CUDNN_DATA_FLOAT);
  }
  if (residual) added_residual = graph.tensor(y_sizes, y_strides, type);
  const Graph::Tensor y = graph.tensor(y_sizes, y_strides, type);

  const Graph::Tensor sums = bias || residual ? between() : y;
  graph.convolution(x, w, sums, {s.stride, s.stride}, {s.top, s.left}, {s.bottom, s.right});
  const Graph::Tensor biased = bias && residual ? between() : y;
  if (bias) graph.pointwise(CUDNN_POINTWISE_ADD, {sums, added_bias}, biased);
  if (residual) graph.pointwise(CUDNN_POINTWISE_ADD, {bias ? biased : sums, added_residual}, y);

  std::string why;
  const bool exact = s.type == DType::f32;
  auto made = graph.plan(libraries, {.most_scratch = kLibraryScratch, .exact = exact}, why);
  return made ? std::move(made) : graph.plan(libraries, {.exact = exact}, why);
}

const ConvolutionPlan& plan_of(Libraries& libraries, const ConvolutionShape& shape) {
  return libraries.part<ConvolutionPlans>().cache.get(shape, [&] {
    ConvolutionPlan made;
    // Of exact engines only those for a convolution alone are fast.
    const bool bare = !shape.bias && !shape.residual;
    for (const bool fused : {shape.type != DType::f32, shape.type == DType::f32}) {
      if (made.plan) break;
      made.plan = plan_of(libraries, shape, fused);
      made.fused = fused || bare;
    }
    return made;
  });
}

}  // namespace

std::string_view convolution_way(Libraries& libraries, const ConvolutionShape& shape) {
  const ConvolutionPlan& made = plan_of(libraries, shape);
  return made.fused ? "fused" : made.plan ? "apart" : "plain";
}

size_t convolution_scratch(Libraries& libraries, const ConvolutionShape& shape) {
  const ConvolutionPlan& made = plan_of(libraries, shape);
  return made.plan ? made.plan->scratch_bytes() : 0;
}

void convolution(Libraries& libraries, const ConvolutionShape& shape,
                 const ConvolutionOperands& operands, Scratch scratch) {
  const ConvolutionPlan& made = plan_of(libraries, shape);
  if (!made.plan) return plain_convolution(libraries.stream(), shape, operands);
  std::vector<const void*> pointers{operands.x, operands.w};
  if (made.fused && shape.bias) pointers.push_back(operands.bias);
  if (made.fused && shape.residual) pointers.push_back(operands.residual);
  pointers.push_back(operands.y);
  made.plan->run(libraries, pointers, scratch);
  if (!made.fused) add_bias_residual(libraries.stream(), shape, operands);
}

}  // namespace newbie::ops::cuda
