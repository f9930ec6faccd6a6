#include "ops/cuda/cudnn_graph.h"

#include <algorithm>

#include "base/error.h"

namespace newbie::ops::cuda {
namespace {

constexpr cudnnBackendAttributeType_t kDescriptor = CUDNN_TYPE_BACKEND_DESCRIPTOR;

Graph::Sizes dense_strides(const Graph::Sizes& sizes) {
  Graph::Sizes strides(sizes.size(), 1);
  for (size_t i = sizes.size() - 1; i > 0; --i) strides[i - 1] = strides[i] * sizes[i];
  return strides;
}

/// The engine configurations that one heuristic proposes, best first.
std::vector<Descriptor> proposals(const Descriptor& graph, cudnnBackendHeurMode_t mode) {
  Descriptor heuristic(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
  heuristic.set(CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, graph);
  heuristic.set(CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, mode);
  if (cudnnBackendFinalize(heuristic.get()) != CUDNN_STATUS_SUCCESS) return {};
  int64_t count = 0;
  if (cudnnBackendGetAttribute(heuristic.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS, kDescriptor, 0,
                               &count, nullptr) != CUDNN_STATUS_SUCCESS) {
    return {};
  }
  std::vector<Descriptor> configs;
  std::vector<cudnnBackendDescriptor_t> handles;
  for (int64_t i = 0; i < count; ++i) {
    configs.emplace_back(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
    handles.push_back(configs.back().get());
  }
  int64_t given = 0;
  if (cudnnBackendGetAttribute(heuristic.get(), CUDNN_ATTR_ENGINEHEUR_RESULTS, kDescriptor, count,
                               &given, handles.data()) != CUDNN_STATUS_SUCCESS) {
    return {};
  }
  while (static_cast<int64_t>(configs.size()) > given) configs.pop_back();
  return configs;
}

std::vector<cudnnBackendNumericalNote_t> notes_of(const Descriptor& config) {
  Descriptor engine(CUDNN_BACKEND_ENGINE_DESCRIPTOR);
  cudnnBackendDescriptor_t handle = engine.get();
  int64_t count = 0;
  check_cudnn(cudnnBackendGetAttribute(config.get(), CUDNN_ATTR_ENGINECFG_ENGINE, kDescriptor, 1,
                                       &count, &handle),
              "asking for an engine");
  std::vector<cudnnBackendNumericalNote_t> notes(CUDNN_NUMERICAL_NOTE_TYPE_COUNT);
  check_cudnn(cudnnBackendGetAttribute(engine.get(), CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                       CUDNN_TYPE_NUMERICAL_NOTE, CUDNN_NUMERICAL_NOTE_TYPE_COUNT,
                                       &count, notes.data()),
              "asking for an engine's notes");
  notes.resize(static_cast<size_t>(count));
  return notes;
}

bool keeps(const Descriptor& config, const PlanRules& rules) {
  return std::ranges::none_of(notes_of(config), [&](cudnnBackendNumericalNote_t note) {
    switch (note) {
      case CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC:
      case CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION:
        return true;
      case CUDNN_NUMERICAL_NOTE_STRICT_NAN_PROP:
        return false;
      default:
        return rules.exact;
    }
  });
}

}  // namespace

cudnnDataType_t cudnn_type(DType type) {
  switch (type) {
    case DType::bf16:
      return CUDNN_DATA_BFLOAT16;
    case DType::f16:
      return CUDNN_DATA_HALF;
    default:
      return CUDNN_DATA_FLOAT;
  }
}

Descriptor::Descriptor(cudnnBackendDescriptorType_t type) {
  check_cudnn(cudnnBackendCreateDescriptor(type, &handle_), "describing a graph");
}

Descriptor::~Descriptor() {
  if (handle_) cudnnBackendDestroyDescriptor(handle_);
}

void Descriptor::set_raw(cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                         int64_t count, const void* values) {
  check_cudnn(cudnnBackendSetAttribute(handle_, name, type, count, values), "describing a graph");
}

void Descriptor::finish() { check_cudnn(cudnnBackendFinalize(handle_), "describing a graph"); }

Graph::Tensor Graph::add(const Sizes& sizes, const Sizes& strides, cudnnDataType_t type,
                         bool is_virtual, bool is_scalar, std::optional<Tensor> begins) {
  const auto id = static_cast<int64_t>(tensors_.size()) + 1;
  Descriptor made(CUDNN_BACKEND_TENSOR_DESCRIPTOR);
  made.set(CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, id);
  made.set(CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, type);
  made.set(CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, sizes);
  made.set(CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, strides);
  made.set(CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, int64_t{16});
  made.set(CUDNN_ATTR_TENSOR_IS_VIRTUAL, CUDNN_TYPE_BOOLEAN, is_virtual);
  made.set(CUDNN_ATTR_TENSOR_IS_BY_VALUE, CUDNN_TYPE_BOOLEAN, is_scalar);
  if (begins) made.set(CUDNN_ATTR_TENSOR_RAGGED_OFFSET_DESC, tensors_[*begins]);
  made.finish();
  tensors_.push_back(std::move(made));
  if (!is_virtual) real_.push_back(id);
  return tensors_.size() - 1;
}

Graph::Tensor Graph::tensor(const Sizes& sizes, const Sizes& strides, cudnnDataType_t type,
                            std::optional<Tensor> begins) {
  return add(sizes, strides, type, false, false, begins);
}

Graph::Tensor Graph::scalar(cudnnDataType_t type, int axes) {
  const Sizes ones(static_cast<size_t>(axes), 1);
  return add(ones, ones, type, false, true);
}

Graph::Tensor Graph::between(const Sizes& sizes, cudnnDataType_t type) {
  return add(sizes, dense_strides(sizes), type, true, false);
}

Graph::Tensor Graph::between(const Sizes& sizes, const Sizes& strides, cudnnDataType_t type,
                             std::optional<Tensor> begins) {
  return add(sizes, strides, type, true, false, begins);
}

void Graph::add(Descriptor operation) {
  operation.finish();
  operations_.push_back(std::move(operation));
}

void Graph::matmul(Tensor a, Tensor b, Tensor c, const Extents& extents) {
  Descriptor& mode = modes_.emplace_back(CUDNN_BACKEND_MATMUL_DESCRIPTOR);
  mode.set(CUDNN_ATTR_MATMUL_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT);
  mode.finish();
  Descriptor made(CUDNN_BACKEND_OPERATION_MATMUL_DESCRIPTOR);
  made.set(CUDNN_ATTR_OPERATION_MATMUL_ADESC, tensors_[a]);
  made.set(CUDNN_ATTR_OPERATION_MATMUL_BDESC, tensors_[b]);
  made.set(CUDNN_ATTR_OPERATION_MATMUL_CDESC, tensors_[c]);
  made.set(CUDNN_ATTR_OPERATION_MATMUL_DESC, mode);
  for (const auto& [name, extent] :
       {std::pair{CUDNN_ATTR_OPERATION_MATMUL_GEMM_M_OVERRIDE_DESC, extents.rows},
        {CUDNN_ATTR_OPERATION_MATMUL_GEMM_N_OVERRIDE_DESC, extents.columns},
        {CUDNN_ATTR_OPERATION_MATMUL_GEMM_K_OVERRIDE_DESC, extents.depth}}) {
    if (extent) made.set(name, tensors_[*extent]);
  }
  add(std::move(made));
}

void Graph::pointwise(cudnnPointwiseMode_t mode, std::vector<Tensor> in, Tensor out,
                      cudnnDataType_t compute) {
  Descriptor& kind = modes_.emplace_back(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  kind.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, mode);
  kind.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, compute);
  kind.finish();
  Descriptor made(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
  made.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, kind);
  constexpr std::array kInputs{CUDNN_ATTR_OPERATION_POINTWISE_XDESC,
                               CUDNN_ATTR_OPERATION_POINTWISE_BDESC,
                               CUDNN_ATTR_OPERATION_POINTWISE_TDESC};
  for (size_t i = 0; i < in.size(); ++i) made.set(kInputs[i], tensors_[in[i]]);
  made.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, tensors_[out]);
  add(std::move(made));
}

void Graph::index(Tensor like, Tensor out, int64_t axis, cudnnDataType_t compute) {
  Descriptor& kind = modes_.emplace_back(CUDNN_BACKEND_POINTWISE_DESCRIPTOR);
  kind.set(CUDNN_ATTR_POINTWISE_MODE, CUDNN_TYPE_POINTWISE_MODE, CUDNN_POINTWISE_GEN_INDEX);
  kind.set(CUDNN_ATTR_POINTWISE_MATH_PREC, CUDNN_TYPE_DATA_TYPE, compute);
  kind.set(CUDNN_ATTR_POINTWISE_AXIS, CUDNN_TYPE_INT64, axis);
  kind.finish();
  Descriptor made(CUDNN_BACKEND_OPERATION_POINTWISE_DESCRIPTOR);
  made.set(CUDNN_ATTR_OPERATION_POINTWISE_PW_DESCRIPTOR, kind);
  made.set(CUDNN_ATTR_OPERATION_POINTWISE_XDESC, tensors_[like]);
  made.set(CUDNN_ATTR_OPERATION_POINTWISE_YDESC, tensors_[out]);
  add(std::move(made));
}

void Graph::reduce(cudnnReduceTensorOp_t mode, Tensor in, Tensor out) {
  Descriptor& kind = modes_.emplace_back(CUDNN_BACKEND_REDUCTION_DESCRIPTOR);
  kind.set(CUDNN_ATTR_REDUCTION_OPERATOR, CUDNN_TYPE_REDUCTION_OPERATOR_TYPE, mode);
  kind.set(CUDNN_ATTR_REDUCTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT);
  kind.finish();
  Descriptor made(CUDNN_BACKEND_OPERATION_REDUCTION_DESCRIPTOR);
  made.set(CUDNN_ATTR_OPERATION_REDUCTION_DESC, kind);
  made.set(CUDNN_ATTR_OPERATION_REDUCTION_XDESC, tensors_[in]);
  made.set(CUDNN_ATTR_OPERATION_REDUCTION_YDESC, tensors_[out]);
  add(std::move(made));
}

void Graph::reshape(Tensor in, Tensor out) {
  Descriptor made(CUDNN_BACKEND_OPERATION_RESHAPE_DESCRIPTOR);
  made.set(CUDNN_ATTR_OPERATION_RESHAPE_XDESC, tensors_[in]);
  made.set(CUDNN_ATTR_OPERATION_RESHAPE_YDESC, tensors_[out]);
  add(std::move(made));
}

const Descriptor& Graph::steps(const Sizes& stride, const Sizes& before, const Sizes& after) {
  const auto axes = static_cast<int64_t>(stride.size());
  Descriptor& kind = modes_.emplace_back(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);
  kind.set(CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, CUDNN_DATA_FLOAT);
  kind.set(CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, CUDNN_CROSS_CORRELATION);
  kind.set(CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, axes);
  kind.set(CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, Sizes(stride.size(), 1));
  kind.set(CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, stride);
  kind.set(CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, before);
  kind.set(CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, after);
  kind.finish();
  return kind;
}

void Graph::convolution(Tensor x, Tensor w, Tensor y, const Sizes& stride, const Sizes& before,
                        const Sizes& after) {
  Descriptor made(CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, tensors_[x]);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, tensors_[w]);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, tensors_[y]);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, steps(stride, before, after));
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_TYPE_FLOAT, 1.0f);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, CUDNN_TYPE_FLOAT, 0.0f);
  add(std::move(made));
}

void Graph::convolution_data(Tensor dy, Tensor w, Tensor dx, const Sizes& stride,
                             const Sizes& before, const Sizes& after) {
  Descriptor made(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, tensors_[dy]);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, tensors_[w]);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, tensors_[dx]);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, steps(stride, before, after));
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, CUDNN_TYPE_FLOAT, 1.0f);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, CUDNN_TYPE_FLOAT, 0.0f);
  add(std::move(made));
}

void Graph::convolution_filter(Tensor x, Tensor dy, Tensor dw, const Sizes& stride,
                               const Sizes& before, const Sizes& after) {
  Descriptor made(CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, tensors_[x]);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, tensors_[dy]);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, tensors_[dw]);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, steps(stride, before, after));
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, CUDNN_TYPE_FLOAT, 1.0f);
  made.set(CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, CUDNN_TYPE_FLOAT, 0.0f);
  add(std::move(made));
}

std::optional<GraphPlan> Graph::plan(Libraries& libraries, const PlanRules& rules,
                                     std::string& why) {
  Descriptor graph(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
  std::vector<cudnnBackendDescriptor_t> operations;
  for (const Descriptor& operation : operations_) operations.push_back(operation.get());
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, libraries.dnn());
  graph.set(CUDNN_ATTR_OPERATIONGRAPH_OPS, kDescriptor, operations);
  const auto last_words = [&](std::string_view what) {
    char words[512] = "";
    cudnnGetLastErrorString(words, sizeof words);
    why = std::string(what) + ": " + words;
  };
  if (cudnnBackendFinalize(graph.get()) != CUDNN_STATUS_SUCCESS) {
    last_words("cuDNN refuses the graph");
    return {};
  }
  why = "cuDNN has no engine for the graph";
  for (const cudnnBackendHeurMode_t mode : {CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK}) {
    for (Descriptor& config : proposals(graph, mode)) {
      if (!keeps(config, rules)) continue;
      Descriptor plan(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);
      plan.set(CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, libraries.dnn());
      plan.set(CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, config);
      if (cudnnBackendFinalize(plan.get()) != CUDNN_STATUS_SUCCESS) {
        last_words("no plan can be made");
        continue;
      }
      int64_t scratch = 0, count = 0;
      check_cudnn(cudnnBackendGetAttribute(plan.get(), CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                           CUDNN_TYPE_INT64, 1, &count, &scratch),
                  "asking for a plan's scratch");
      if (static_cast<size_t>(scratch) > rules.most_scratch) continue;
      return GraphPlan(std::move(config), std::move(plan), real_, static_cast<size_t>(scratch));
    }
  }
  return {};
}

void GraphPlan::run(Libraries& libraries, const std::vector<const void*>& pointers,
                    Scratch scratch) const {
  check(pointers.size() == tensors_.size() && scratch.bytes >= scratch_,
        "a cuDNN plan was run with the wrong tensors");
  Descriptor pack(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR);
  pack.set(CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, tensors_);
  pack.set(CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, pointers);
  pack.set(CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, scratch.data);
  pack.finish();
  check_cudnn(cudnnBackendExecute(libraries.dnn(), plan_.get(), pack.get()),
              "running a cuDNN plan");
}

}  // namespace newbie::ops::cuda
