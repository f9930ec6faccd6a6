#pragma once
/// What hides scores in a graph of cuDNN: the end of a sequence, and the queries' own places.

#include <limits>

#include "ops/cuda/cudnn_graph.h"
#include "ops/cuda/sdpa.h"

namespace newbie::ops::cuda {

/// The score of what a sequence does not have. Rows of which nothing is left are known by it, so it
/// is infinite where cuDNN (from 9.10 on) understands that.
inline float score_of_nothing() {
  return cudnnGetVersion() < 91000 ? std::numeric_limits<float>::lowest()
                                   : -std::numeric_limits<float>::infinity();
}

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

/// Sequences that do not fill their tensors: how long each is and, where lengths differ, where it
/// begins. The first real tensors of their graph, in the order of `pointers`. Every use has a
/// tensor of its own, though some share their memory: cuDNN tells uses apart by their tensors.
struct RaggedTensors {
  std::optional<Graph::Tensor> queries, keys;  // how many there are
  std::optional<Graph::Tensor> q_begins, out_begins, k_begins, v_begins;

  static RaggedTensors in(Graph& graph, const SdpaShape& shape) {
    const auto integers = [&](int64_t count) {
      return graph.tensor({count, 1, 1, 1}, {1, 1, 1, 1}, CUDNN_DATA_INT32);
    };
    RaggedTensors made;
    made.queries = integers(shape.batch);
    made.keys = integers(shape.batch);
    if (!shape.ragged) return made;
    for (auto* begins : {&made.q_begins, &made.out_begins, &made.k_begins, &made.v_begins}) {
      *begins = integers(shape.batch + 1);
    }
    return made;
  }

  static std::vector<const void*> pointers(const RaggedRows& rows) {
    if (!rows.q_begins) return {rows.lengths, rows.lengths};
    return {rows.lengths,  rows.lengths,   rows.q_begins,
            rows.q_begins, rows.kv_begins, rows.kv_begins};
  }

  /// Scores of queries and keys that their sequence has.
  Graph::Tensor within(Graph& graph, Graph::Tensor scores, const Graph::Sizes& sizes) const {
    const auto inside = [&](int64_t axis, Graph::Tensor count) {
      const Graph::Tensor place = graph.between(sizes, CUDNN_DATA_INT32);
      graph.index(scores, place, axis, CUDNN_DATA_INT32);
      const Graph::Tensor made = graph.between(sizes, CUDNN_DATA_BOOLEAN);
      graph.pointwise(CUDNN_POINTWISE_CMP_LT, {place, count}, made, CUDNN_DATA_BOOLEAN);
      return made;
    };
    const Graph::Tensor row = inside(2, *queries), column = inside(3, *keys);
    const Graph::Tensor both = graph.between(sizes, CUDNN_DATA_BOOLEAN),
                        made = graph.between(sizes);
    graph.pointwise(CUDNN_POINTWISE_LOGICAL_AND, {row, column}, both, CUDNN_DATA_BOOLEAN);
    graph.pointwise(CUDNN_POINTWISE_BINARY_SELECT, {scores, graph.scalar(CUDNN_DATA_FLOAT), both},
                    made);
    return made;
  }
};

}  // namespace newbie::ops::cuda
