/// cuDNN recognises the way back through attention in a graph as it recognises the way there. The
/// gradient of the queries is a product of slopes that are written out in the type of q, a whole
/// matrix per head: gathered in f32 instead, cuDNN adds atomically, and no two runs are the same.
#include "base/error.h"
#include "ops/cuda/cudnn_graph.h"
#include "ops/cuda/sdpa_backward.h"
#include "ops/cuda/sdpa_masks.h"

namespace newbie::ops::cuda {
namespace {

constexpr int64_t kWidestBack = 128;
constexpr int64_t kTile = 128;
/// Slopes of the scores of one sequence, which are written out. One that needs more (11000 rows of
/// 24 heads) is computed by products.
constexpr size_t kMostSlopes = size_t{5} << 30;

/// Keys are read in tiles. What a last one has too many of must be hidden by a table of lengths:
/// versions before 9.16 read past the keys without, and later ones weigh zeros behind them with
/// exp(-stats), which is not finite where all scores of a query are low.
bool has_table(const SdpaShape& shape) { return shape.ragged || shape.length % kTile != 0; }

struct BackwardPlan {
  std::optional<GraphPlan> plan;
  std::string why;
  /// The table of a shape that is not ragged: its length, once for every sequence.
  std::shared_ptr<void> lengths = {};
};

struct BackwardPlans {
  PlanCache<SdpaShape, BackwardPlan> cache;
};

class BackwardGraph {
 public:
  explicit BackwardGraph(const SdpaShape& s)
      : s_(s),
        type_(cudnn_type(s.type)),
        scores_{s.batch, s.heads, s.length, s.length},
        rows_{s.batch, s.heads, s.length, 1} {
    if (has_table(s)) ragged_ = RaggedTensors::in(graph_, s);
    const Graph::Tensor q = heads(s.heads, ragged_.q_begins), k = turned_heads(ragged_.k_begins),
                        v = turned_heads(ragged_.v_begins);
    const Graph::Tensor out = heads(s.heads, ragged_.out_begins),
                        d_out = heads(s.heads, ragged_.out_begins), stats = of_rows();
    const Graph::Tensor scale = graph_.scalar(CUDNN_DATA_FLOAT);

    const Graph::Tensor mean = mean_slope(d_out, out);
    const Graph::Tensor weights = weights_of(q, k, scale, stats);
    to_keys(weights, d_out, ragged_.v_begins);
    const Graph::Tensor slopes = slopes_of(d_out, v, mean, weights, scale);
    to_keys(slopes, q, ragged_.k_begins);
    const Graph::Tensor keys = graph_.between({s.batch, s.kv_heads, s.length, s.width},
                                              head_strides(s.kv_heads), type_, ragged_.k_begins);
    graph_.reshape(k, keys);
    graph_.matmul(slopes, keys, heads(s.heads, ragged_.q_begins),
                  {.rows = ragged_.queries, .depth = ragged_.keys});
  }

  Graph& graph() { return graph_; }

 private:
  /// Rows hold all heads: [batch, heads, length, width] by strides.
  Graph::Sizes head_strides(int64_t count) const {
    const int64_t row = count * s_.width;
    return {s_.length * row, s_.width, row, 1};
  }
  Graph::Tensor heads(int64_t count, std::optional<Graph::Tensor> begins) {
    return graph_.tensor({s_.batch, count, s_.length, s_.width}, head_strides(count), type_,
                         begins);
  }
  Graph::Tensor turned_heads(std::optional<Graph::Tensor> begins) {
    const int64_t row = s_.kv_heads * s_.width;
    return graph_.tensor({s_.batch, s_.kv_heads, s_.width, s_.length},
                         {s_.length * row, s_.width, 1, row}, type_, begins);
  }
  Graph::Tensor of_rows() {
    return graph_.tensor(rows_, {s_.heads * s_.length, s_.length, 1, 1}, CUDNN_DATA_FLOAT);
  }
  Graph::Tensor scores_of(cudnnPointwiseMode_t mode, std::vector<Graph::Tensor> in) {
    const Graph::Tensor made = graph_.between(scores_);
    graph_.pointwise(mode, std::move(in), made);
    return made;
  }
  Graph::Tensor scores_between(Graph::Tensor rows, Graph::Tensor turned_keys) {
    const Graph::Tensor made = graph_.between(scores_);
    graph_.matmul(rows, turned_keys, made, {.rows = ragged_.queries, .columns = ragged_.keys});
    return made;
  }

  /// Of each query: the sum of d_out * out. Written out, for the kernels that follow the first.
  Graph::Tensor mean_slope(Graph::Tensor d_out, Graph::Tensor out) {
    const Graph::Tensor products = graph_.between({s_.batch, s_.heads, s_.length, s_.width});
    graph_.pointwise(CUDNN_POINTWISE_MUL, {d_out, out}, products);
    const Graph::Tensor sum = graph_.between(rows_), mean = of_rows();
    graph_.reduce(CUDNN_REDUCE_TENSOR_ADD, products, sum);
    // What dropout keeps is all, but the way back is not recognised without its share.
    graph_.pointwise(CUDNN_POINTWISE_MUL, {sum, graph_.scalar(CUDNN_DATA_FLOAT)}, mean);
    return mean;
  }

  Graph::Tensor weights_of(Graph::Tensor q, Graph::Tensor k, Graph::Tensor scale,
                           Graph::Tensor stats) {
    Graph::Tensor scores = scores_of(CUDNN_POINTWISE_MUL, {scores_between(q, k), scale});
    scores = scores_of(CUDNN_POINTWISE_SUB, {scores, stats});
    if (has_table(s_)) scores = ragged_.within(graph_, scores, scores_);
    if (s_.causal) scores = without_later_keys(graph_, scores, scores_);
    return scores_of(CUDNN_POINTWISE_EXP, {scores});
  }

  Graph::Tensor slopes_of(Graph::Tensor d_out, Graph::Tensor v, Graph::Tensor mean,
                          Graph::Tensor weights, Graph::Tensor scale) {
    const Graph::Tensor apart = scores_of(CUDNN_POINTWISE_SUB, {scores_between(d_out, v), mean});
    const Graph::Tensor slopes = scores_of(CUDNN_POINTWISE_MUL, {apart, weights});
    return scores_of(CUDNN_POINTWISE_MUL, {slopes, scale});
  }

  /// x^T y of every query head, then the sum over those that share a key head.
  void to_keys(Graph::Tensor x, Graph::Tensor y, std::optional<Graph::Tensor> begins) {
    const Graph::Tensor turned = graph_.between(
        scores_, {s_.heads * s_.length * s_.length, s_.length * s_.length, 1, s_.length}, type_);
    graph_.reshape(x, turned);
    const Graph::Extents extents{.rows = ragged_.keys, .depth = ragged_.queries};
    if (s_.heads == s_.kv_heads) return graph_.matmul(turned, y, heads(s_.heads, begins), extents);
    const Graph::Tensor all = graph_.between({s_.batch, s_.heads, s_.length, s_.width}, type_);
    graph_.matmul(turned, y, all, extents);
    graph_.reduce(CUDNN_REDUCE_TENSOR_ADD, all, heads(s_.kv_heads, begins));
  }

  SdpaShape s_;
  cudnnDataType_t type_;
  Graph::Sizes scores_, rows_;
  RaggedTensors ragged_;
  Graph graph_;
};

std::shared_ptr<void> lengths_of(Libraries& libraries, const SdpaShape& shape) {
  const std::vector<int32_t> lengths(static_cast<size_t>(shape.batch),
                                     static_cast<int32_t>(shape.length));
  const size_t bytes = lengths.size() * sizeof(int32_t);
  std::shared_ptr<void> table = libraries.once(bytes);
  check_cuda(cudaMemcpyAsync(table.get(), lengths.data(), bytes, cudaMemcpyHostToDevice,
                             libraries.stream()),
             "sending lengths of sequences");
  return table;
}

BackwardPlan make_plan(Libraries& libraries, const SdpaShape& shape) {
  BackwardPlan made{{}, fused_sdpa_backward_refuses(shape)};
  if (!made.why.empty()) return made;
  const PlanRules rules{.most_scratch = 2 * fused_sdpa_backward_bytes(shape)};
  try {
    made.plan = BackwardGraph(shape).graph().plan(libraries, rules, made.why);
    if (made.plan && has_table(shape) && !shape.ragged) {
      made.lengths = lengths_of(libraries, shape);
    }
  } catch (const Error& refused) {
    made.plan.reset();
    made.why = refused.what();
  }
  return made;
}

const BackwardPlan& plan_of(Libraries& libraries, const SdpaShape& shape) {
  return libraries.part<BackwardPlans>().cache.get(shape,
                                                   [&] { return make_plan(libraries, shape); });
}

int64_t tiles(int64_t length, int64_t tile) { return (length + tile - 1) / tile * tile; }

}  // namespace

std::string fused_sdpa_backward_refuses(const SdpaShape& shape) {
  if (shape.type == DType::f32) return "f32 is computed by products";
  if (shape.width % 8 != 0 || shape.width > kWidestBack) {
    return "heads of 8, 16, ... 128 numbers only";
  }
  // A known limit of cuDNN's; of ragged sequences the longest counts.
  if (shape.length < 2) return "a single row";
  if (shape.window > 0 || shape.bias) return "a window or a bias";
  SdpaShape one = shape;
  one.batch = 1;
  return fused_sdpa_backward_bytes(one) > kMostSlopes ? "too long" : "";
}

size_t fused_sdpa_backward_bytes(const SdpaShape& shape) {
  const int64_t matrices = shape.batch * shape.heads;
  const int64_t slopes = tiles(shape.length, kTile / 2) * tiles(shape.length, kTile);
  const int64_t keys = shape.heads == shape.kv_heads ? 0 : 2 * shape.length * shape.width;
  return static_cast<size_t>(matrices * (slopes + keys)) * size_of(shape.type);
}

std::string fused_sdpa_backward_declines(Libraries& libraries, const SdpaShape& shape) {
  const BackwardPlan& made = plan_of(libraries, shape);
  return made.plan ? "" : made.why;
}

size_t fused_sdpa_backward_scratch(Libraries& libraries, const SdpaShape& shape) {
  const BackwardPlan& made = plan_of(libraries, shape);
  return made.plan ? made.plan->scratch_bytes() : 0;
}

bool fused_sdpa_keeps_stats(const Device& device, const SdpaShape& shape) {
  if (!fused_sdpa_backward_refuses(shape).empty()) return false;
  return device.plans() || fused_sdpa_declines(libraries_of(device), with_stats(shape)).empty();
}

void fused_sdpa_backward(Libraries& libraries, const SdpaShape& shape,
                         const SdpaBackwardOperands& o, Scratch scratch) {
  const float all = 1.0f, hidden = score_of_nothing();
  const BackwardPlan& made = plan_of(libraries, shape);
  const RaggedRows rows = shape.ragged ? o.ragged : RaggedRows{.lengths = made.lengths.get()};
  std::vector<const void*> pointers;
  if (has_table(shape)) pointers = RaggedTensors::pointers(rows);
  for (const void* pointer : std::initializer_list<const void*>{o.q, o.k, o.v, o.out, o.d_out,
                                                                o.stats, &o.scale, o.means, &all}) {
    pointers.push_back(pointer);
  }
  if (has_table(shape)) pointers.push_back(&hidden);
  if (shape.causal) pointers.push_back(&hidden);
  for (const void* pointer : {o.dv, o.dk, o.dq}) pointers.push_back(pointer);
  made.plan->run(libraries, pointers, scratch);
}

}  // namespace newbie::ops::cuda
