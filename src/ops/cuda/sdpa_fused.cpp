/// cuDNN recognises attention in a graph of products, comparisons and a softmax spelled out, and
/// runs it as one kernel. The order and the types of the operations are what it recognises: int32
/// places, boolean comparisons, the weights rounded to the type of v.
#include <limits>

#include "base/error.h"
#include "ops/cuda/cudnn_graph.h"
#include "ops/cuda/sdpa.h"
#include "ops/cuda/sdpa_masks.h"

namespace newbie::ops::cuda {
namespace {

constexpr int64_t kWidest = 256;

struct FusedPlan {
  std::optional<GraphPlan> plan;
  std::string why;
};

struct FusedPlans {
  PlanCache<SdpaShape, FusedPlan> cache;
};

/// Scores of hidden keys: low enough to weigh nothing, finite so that no difference is undefined.
constexpr float kHidden = std::numeric_limits<float>::lowest();

/// Rows of a bias begin at 16 bytes.
int64_t bias_stride(const SdpaShape& shape) { return (shape.length + 3) / 4 * 4; }

size_t bias_bytes(const SdpaShape& shape) {
  if (!shape.bias) return 0;
  return (static_cast<size_t>(shape.length * bias_stride(shape)) * sizeof(float) + 255) / 256 * 256;
}

class SdpaGraph {
 public:
  explicit SdpaGraph(const SdpaShape& s)
      : s_(s), type_(cudnn_type(s.type)), scores_{s.batch, s.heads, s.length, s.length} {
    if (s.ragged) rows_ = RaggedTensors::in(graph_, s);
    const Graph::Tensor q = heads(s.heads, rows_.q_begins);
    const Graph::Tensor k = graph_.tensor(
        {s.batch, s.kv_heads, s.width, s.length},
        {s.length * s.kv_heads * s.width, s.width, 1, s.kv_heads * s.width}, type_, rows_.k_begins);
    const Graph::Tensor v = heads(s.kv_heads, rows_.v_begins);
    const Graph::Tensor out = heads(s.heads, rows_.out_begins);
    const Graph::Tensor scale = graph_.scalar(CUDNN_DATA_FLOAT);
    Graph::Tensor scores = graph_.between(scores_);
    graph_.matmul(q, k, scores, {.rows = rows_.queries, .columns = rows_.keys});
    scores = scores_of(CUDNN_POINTWISE_MUL, {scores, scale});
    if (s.bias) {
      const int64_t row = bias_stride(s);
      const Graph::Tensor bias = graph_.tensor(
          {1, 1, s.length, s.length}, {s.length * row, s.length * row, row, 1}, CUDNN_DATA_FLOAT);
      scores = scores_of(CUDNN_POINTWISE_ADD, {scores, bias});
    }
    if (s.ragged) scores = rows_.within(graph_, scores, scores_);
    if (s.causal) scores = without_later_keys(graph_, scores, scores_);
    if (s.window > 0) scores = without_old_keys(scores);
    graph_.matmul(softmax(scores), v, out, {.rows = rows_.queries, .depth = rows_.keys});
  }

  Graph& graph() { return graph_; }

 private:
  /// Rows hold all heads: [batch, heads, length, width] by strides.
  Graph::Tensor heads(int64_t count, std::optional<Graph::Tensor> begins) {
    const int64_t row = count * s_.width;
    return graph_.tensor({s_.batch, count, s_.length, s_.width},
                         {s_.length * row, s_.width, row, 1}, type_, begins);
  }

  Graph::Tensor scores_of(cudnnPointwiseMode_t mode, std::vector<Graph::Tensor> in,
                          cudnnDataType_t type = CUDNN_DATA_FLOAT) {
    const Graph::Tensor out = graph_.between(scores_, type);
    graph_.pointwise(mode, std::move(in), out);
    return out;
  }

  Graph::Tensor place(Graph::Tensor like, int64_t axis) {
    const Graph::Tensor out = graph_.between(scores_, CUDNN_DATA_INT32);
    graph_.index(like, out, axis);
    return out;
  }

  Graph::Tensor where(Graph::Tensor scores, cudnnPointwiseMode_t comparison, Graph::Tensor a,
                      Graph::Tensor b) {
    const Graph::Tensor seen = graph_.between(scores_, CUDNN_DATA_BOOLEAN);
    graph_.pointwise(comparison, {a, b}, seen, CUDNN_DATA_BOOLEAN);
    return scores_of(CUDNN_POINTWISE_BINARY_SELECT,
                     {scores, graph_.scalar(CUDNN_DATA_FLOAT), seen});
  }

  Graph::Tensor without_old_keys(Graph::Tensor scores) {
    const Graph::Tensor row = place(scores, 2), column = place(scores, 3);
    const Graph::Tensor reach = graph_.between(scores_, CUDNN_DATA_INT32);
    graph_.pointwise(CUDNN_POINTWISE_ADD, {column, graph_.scalar(CUDNN_DATA_INT32)}, reach,
                     CUDNN_DATA_INT32);
    return where(scores, CUDNN_POINTWISE_CMP_GT, reach, row);
  }

  Graph::Tensor softmax(Graph::Tensor scores) {
    const Graph::Sizes rows{s_.batch, s_.heads, s_.length, 1};
    const Graph::Tensor highest = graph_.between(rows), total = graph_.between(rows);
    graph_.reduce(CUDNN_REDUCE_TENSOR_MAX, scores, highest);
    const Graph::Tensor below = scores_of(CUDNN_POINTWISE_SUB, {scores, highest});
    const Graph::Tensor weights = scores_of(CUDNN_POINTWISE_EXP, {below});
    graph_.reduce(CUDNN_REDUCE_TENSOR_ADD, weights, total);
    // Attention is not recognised without the logarithm of the sum, even when nobody reads it.
    const Graph::Tensor log_total = graph_.between(rows);
    graph_.pointwise(CUDNN_POINTWISE_LOG, {total}, log_total);
    const Graph::Tensor stats =
        s_.stats ? graph_.tensor(rows, {s_.heads * s_.length, s_.length, 1, 1}, CUDNN_DATA_FLOAT)
                 : graph_.between(rows);
    graph_.pointwise(CUDNN_POINTWISE_ADD, {highest, log_total}, stats);
    return scores_of(CUDNN_POINTWISE_DIV, {weights, total}, type_);
  }

  SdpaShape s_;
  cudnnDataType_t type_;
  Graph::Sizes scores_;
  RaggedTensors rows_;
  Graph graph_;
};

FusedPlan make_plan(Libraries& libraries, const SdpaShape& shape) {
  FusedPlan made{{}, fused_sdpa_refuses(shape)};
  if (!made.why.empty()) return made;
  try {
    made.plan = SdpaGraph(shape).graph().plan(libraries, {}, made.why);
  } catch (const Error& refused) {
    made.why = refused.what();
  }
  return made;
}

const FusedPlan& plan_of(Libraries& libraries, const SdpaShape& shape) {
  return libraries.part<FusedPlans>().cache.get(shape, [&] { return make_plan(libraries, shape); });
}

}  // namespace

std::string fused_sdpa_refuses(const SdpaShape& shape) {
  if (shape.type == DType::f32) return "f32 is computed by products";
  if (shape.width % 8 != 0 || shape.width > kWidest) return "heads of 8, 16, ... 256 numbers only";
  if (shape.window > 0 && !shape.causal) return "a window without causality";
  return "";
}

size_t fused_sdpa_bias_bytes(const SdpaShape& shape) { return bias_bytes(shape); }

std::string fused_sdpa_declines(Libraries& libraries, const SdpaShape& shape) {
  const FusedPlan& made = plan_of(libraries, shape);
  return made.plan ? "" : made.why;
}

size_t fused_sdpa_scratch(Libraries& libraries, const SdpaShape& shape) {
  const FusedPlan& made = plan_of(libraries, shape);
  return made.plan ? made.plan->scratch_bytes() + bias_bytes(shape) : 0;
}

void fused_sdpa(Libraries& libraries, const SdpaShape& shape, const SdpaOperands& operands,
                Scratch scratch) {
  const auto window = static_cast<int32_t>(shape.window);
  const float hidden = shape.ragged ? score_of_nothing() : kHidden;
  std::vector<const void*> pointers;
  if (shape.ragged) pointers = RaggedTensors::pointers(operands.ragged);
  for (const void* pointer :
       {operands.q, operands.k, operands.v, static_cast<const void*>(operands.out),
        static_cast<const void*>(&operands.scale)}) {
    pointers.push_back(pointer);
  }
  if (shape.bias) {
    spread_bias(libraries.stream(), static_cast<float*>(scratch.data), operands.bias, shape.length,
                bias_stride(shape));
    pointers.push_back(scratch.data);
    scratch.data = static_cast<std::byte*>(scratch.data) + bias_bytes(shape);
    scratch.bytes -= bias_bytes(shape);
  }
  if (shape.ragged) pointers.push_back(&hidden);
  if (shape.causal) pointers.push_back(&hidden);
  if (shape.window > 0) {
    pointers.push_back(&window);
    pointers.push_back(&hidden);
  }
  if (shape.stats) pointers.push_back(operands.stats);
  plan_of(libraries, shape).plan->run(libraries, pointers, scratch);
}

}  // namespace newbie::ops::cuda
