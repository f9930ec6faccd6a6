#pragma once
/// What hides scores in a graph of cuDNN: the end of a sequence, and the queries' own places.

#include "ops/cuda/cudnn_graph.h"

namespace newbie::ops::cuda {

/// Scores of keys that come no later than their query.
inline Graph::Tensor without_later_keys(Graph& graph, Graph::Tensor scores,
                                        const Graph::Sizes& sizes) {
  const Graph::Tensor row = graph.between(sizes, CUDNN_DATA_INT32);
  const Graph::Tensor column = graph.between(sizes, CUDNN_DATA_INT32);
  graph.index(scores, row, 2);
  graph.index(scores, column, 3);
  const Graph::Tensor seen = graph.between(sizes, CUDNN_DATA_BOOLEAN), made = graph.between(sizes);
  graph.pointwise(CUDNN_POINTWISE_CMP_GE, {row, column}, seen, CUDNN_DATA_BOOLEAN);
  graph.pointwise(CUDNN_POINTWISE_BINARY_SELECT, {scores, graph.scalar(CUDNN_DATA_FLOAT), seen},
                  made);
  return made;
}

/// Sequences of different lengths: how long each is and where it begins, absent for a batch of one
/// length. The first real tensors of their graph, in the order of RaggedRows.
struct RaggedTensors {
  std::optional<Graph::Tensor> lengths, q_begins, kv_begins;

  static RaggedTensors in(Graph& graph, int64_t batch) {
    const auto integers = [&](int64_t count) {
      return graph.tensor({count, 1, 1, 1}, {1, 1, 1, 1}, CUDNN_DATA_INT32);
    };
    RaggedTensors made;
    made.lengths = integers(batch);
    made.q_begins = integers(batch + 1);
    made.kv_begins = integers(batch + 1);
    return made;
  }

  /// Scores of queries and keys that their sequence has.
  Graph::Tensor within(Graph& graph, Graph::Tensor scores, const Graph::Sizes& sizes) const {
    const auto inside = [&](int64_t axis) {
      const Graph::Tensor place = graph.between(sizes, CUDNN_DATA_INT32);
      graph.index(scores, place, axis, CUDNN_DATA_INT32);
      const Graph::Tensor made = graph.between(sizes, CUDNN_DATA_BOOLEAN);
      graph.pointwise(CUDNN_POINTWISE_CMP_LT, {place, *lengths}, made, CUDNN_DATA_BOOLEAN);
      return made;
    };
    const Graph::Tensor row = inside(2), column = inside(3);
    const Graph::Tensor both = graph.between(sizes, CUDNN_DATA_BOOLEAN),
                        made = graph.between(sizes);
    graph.pointwise(CUDNN_POINTWISE_LOGICAL_AND, {row, column}, both, CUDNN_DATA_BOOLEAN);
    graph.pointwise(CUDNN_POINTWISE_BINARY_SELECT, {scores, graph.scalar(CUDNN_DATA_FLOAT), both},
                    made);
    return made;
  }
};

}  // namespace newbie::ops::cuda
