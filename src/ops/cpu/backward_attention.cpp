/// A task takes one key head of one sequence, walks the tiles of its queries in order and keeps the
/// gradients of keys and values in f32: sums have one order, whatever the threads. Scores of a tile
/// are computed again from q and k; a tile's rows hold all keys, so memory grows with the sequence.
#include "ops/cpu/backward.h"
#include "ops/cpu/dnnl_gemm.h"
#include "ops/cpu/pieces.h"
#include "ops/cpu/workspace.h"

namespace newbie::ops::cpu {
namespace {

constexpr int64_t kTileRows = 64;

/// The five products of a tile of `rows` queries and n keys of width E.
struct Products {
  std::shared_ptr<const DnnlGemm> scores;   ///< [rows,n] = [rows,E] [n,E]^T
  std::shared_ptr<const DnnlGemm> queries;  ///< [rows,E] = [rows,n] [n,E]
  std::shared_ptr<const DnnlGemm> keys;     ///< [n,E] += [rows,n]^T [rows,E]

  Products(int64_t rows, int64_t n, int64_t width, DType type)
      : scores(DnnlGemm::get({rows, n, width, type, {width}, {width, true}})),
        queries(DnnlGemm::get({rows, width, n, type, {n}, {width}})),
        keys(DnnlGemm::get({n, width, rows, type, {n, true}, {width}, true})) {}

  size_t scratch_bytes() const {
    return std::max({scores->scratch_bytes(), queries->scratch_bytes(), keys->scratch_bytes()});
  }
};

/// Where the parts of a task's memory lie: matrices in `type`, sums in f32.
struct Parts {
  size_t keys, values, queries, slopes_in;  // type: [n,E], [n,E], [rows,E], [rows,E]
  size_t weights, slopes;                   // f32: [rows,n]
  size_t typed_weights, typed_slopes;       // type: [rows,n]; the f32 ones when it is f32
  size_t dq, dk, dv;                        // f32: [rows,E], [n,E], [n,E]
  size_t scratch, bytes;

  Parts(int64_t n, int64_t width, DType type, size_t scratch_bytes) {
    Layout layout;
    const auto of = [&](int64_t count, size_t element) {
      return layout.add(static_cast<size_t>(count) * element);
    };
    const size_t element = size_of(type);
    keys = of(n * width, element);
    values = of(n * width, element);
    queries = of(kTileRows * width, element);
    slopes_in = of(kTileRows * width, element);
    weights = of(kTileRows * n, sizeof(float));
    slopes = of(kTileRows * n, sizeof(float));
    typed_weights = type == DType::f32 ? weights : of(kTileRows * n, element);
    typed_slopes = type == DType::f32 ? slopes : of(kTileRows * n, element);
    dq = of(kTileRows * width, sizeof(float));
    dk = of(n * width, sizeof(float));
    dv = of(n * width, sizeof(float));
    scratch = layout.add(scratch_bytes);
    bytes = layout.bytes();
  }
};

/// One head of rows [S,heads,E], dense in `type`.
void gather(const Tensor& x, int64_t heads, int64_t width, int64_t row, int64_t rows, int64_t head,
            DType type, std::byte* to) {
  for (int64_t i = 0; i < rows; ++i) {
    kernels().convert(element_of(x.dtype()), address(x, ((row + i) * heads + head) * width), 1.0f,
                      element_of(type), to + static_cast<size_t>(i * width) * size_of(type), width);
  }
}

void scatter(const float* from, int64_t heads, int64_t width, int64_t row, int64_t rows,
             int64_t head, Element type, const Output& out) {
  for (int64_t i = 0; i < rows; ++i) {
    kernels().convert(Element::f32, from + i * width, 1.0f, type,
                      out.at(((row + i) * heads + head) * width), width);
  }
}

/// Softmax of the scores of query i over the keys that it sees; zeros elsewhere.
void weigh(float* scores, int64_t i, int64_t n, const AttentionOptions& options,
           const Tensor& bias) {
  const int64_t begin = options.window > 0 ? std::max<int64_t>(0, i - options.window + 1) : 0;
  const int64_t end = options.causal ? i + 1 : n;
  std::fill(scores, scores + std::min(begin, n), 0.0f);
  std::fill(scores + end, scores + n, 0.0f);
  if (begin >= end) return;
  const bool biased = bias.defined() && i < bias.dim(0) && begin < bias.dim(1);
  const float* row = biased ? bias.data<float>() + i * bias.dim(1) + begin : nullptr;
  const int64_t count = biased ? std::min(bias.dim(1), end) - begin : 0;
  kernels().softmax_row(scores + begin, end - begin, options.scale, row, count);
}

struct Task {
  int64_t sequence, kv_head;
};

class Backward {
 public:
  Backward(Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& dy, const Tensor& q,
           const Tensor& k, const Tensor& v, const Packing& sequences,
           const AttentionOptions& options)
      : dk_(dk),
        dv_(dv),
        to_q_(dq),
        to_k_(dk_),
        to_v_(dv_),
        dy_(dy),
        q_(q),
        k_(k),
        v_(v),
        sequences_(sequences),
        options_(options),
        type_(gemm_type(q.dtype())) {}

  size_t bytes() const {
    size_t most = 0;
    for (int64_t b = 0; b < sequences_.count(); ++b) {
      if (sequences_.length(b) > 0) most = std::max(most, parts(sequences_.length(b)).bytes);
    }
    return most;
  }

  void run(const Task& task, std::byte* memory) const {
    const int64_t n = sequences_.length(task.sequence), row = sequences_.begin(task.sequence);
    if (n == 0) return;
    const int64_t width = q_.dim(2), group = q_.dim(1) / k_.dim(1);
    const Parts at = parts(n);
    gather(k_, k_.dim(1), width, row, n, task.kv_head, type_, memory + at.keys);
    gather(v_, k_.dim(1), width, row, n, task.kv_head, type_, memory + at.values);
    auto* dk = reinterpret_cast<float*>(memory + at.dk);
    auto* dv = reinterpret_cast<float*>(memory + at.dv);
    std::fill(dk, dk + n * width, 0.0f);
    std::fill(dv, dv + n * width, 0.0f);
    for (int64_t head = task.kv_head * group; head < (task.kv_head + 1) * group; ++head) {
      for (int64_t first = 0; first < n; first += kTileRows) {
        q_.device().cancel().throw_if_requested();
        tile(task.sequence, head, first, std::min(kTileRows, n - first), at, memory);
      }
    }
    const Element type = element_of(q_.dtype());
    scatter(dk, k_.dim(1), width, row, n, task.kv_head, type, to_k_);
    scatter(dv, k_.dim(1), width, row, n, task.kv_head, type, to_v_);
  }

 private:
  Parts parts(int64_t n) const {
    const int64_t width = q_.dim(2);
    size_t scratch = Products(std::min(n, kTileRows), n, width, type_).scratch_bytes();
    if (const int64_t rest = n % kTileRows) {
      scratch = std::max(scratch, Products(rest, n, width, type_).scratch_bytes());
    }
    return Parts(n, width, type_, scratch);
  }

  void tile(int64_t sequence, int64_t head, int64_t first, int64_t rows, const Parts& at,
            std::byte* memory) const {
    const int64_t n = sequences_.length(sequence), width = q_.dim(2), heads = q_.dim(1);
    const int64_t row = sequences_.begin(sequence) + first;
    const Products products(rows, n, width, type_);
    const Tensor bias =
        options_.bias.empty() ? Tensor() : options_.bias[static_cast<size_t>(sequence)];
    auto* weights = reinterpret_cast<float*>(memory + at.weights);
    auto* slopes = reinterpret_cast<float*>(memory + at.slopes);
    auto* dq = reinterpret_cast<float*>(memory + at.dq);
    std::byte* scratch = memory + at.scratch;

    gather(q_, heads, width, row, rows, head, type_, memory + at.queries);
    gather(dy_, heads, width, row, rows, head, type_, memory + at.slopes_in);
    products.scores->run(memory + at.queries, memory + at.keys, weights, scratch);
    products.scores->run(memory + at.slopes_in, memory + at.values, slopes, scratch);
    for (int64_t i = 0; i < rows; ++i) {
      weigh(weights + i * n, first + i, n, options_, bias);
      kernels().score_slopes(weights + i * n, slopes + i * n, n, options_.scale);
    }
    if (type_ != DType::f32) {
      kernels().convert(Element::f32, weights, 1.0f, element_of(type_), memory + at.typed_weights,
                        rows * n);
      kernels().convert(Element::f32, slopes, 1.0f, element_of(type_), memory + at.typed_slopes,
                        rows * n);
    }
    products.queries->run(memory + at.typed_slopes, memory + at.keys, dq, scratch);
    products.keys->run(memory + at.typed_slopes, memory + at.queries,
                       reinterpret_cast<float*>(memory + at.dk), scratch);
    products.keys->run(memory + at.typed_weights, memory + at.slopes_in,
                       reinterpret_cast<float*>(memory + at.dv), scratch);
    scatter(dq, heads, width, row, rows, head, element_of(q_.dtype()), to_q_);
  }

  Tensor dk_, dv_;
  Output to_q_, to_k_, to_v_;
  const Tensor &dy_, &q_, &k_, &v_;
  const Packing& sequences_;
  const AttentionOptions& options_;
  DType type_;
};

}  // namespace

void attention_backward(Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& dy,
                        const Tensor& q, const Tensor& k, const Tensor& v, const Packing& sequences,
                        const AttentionOptions& options, const KeptAttention&) {
  if (q.numel() == 0) return;
  const Backward backward(dq, dk, dv, dy, q, k, v, sequences, options);
  Workspaces workspaces(q.device(), backward.bytes());
  if (workspaces.plan(sequences.count() * k.dim(1))) return;
  parallel_for(q.device().threads(), sequences.count() * k.dim(1), [&](int64_t i) {
    Workspaces::Lease workspace(workspaces);
    backward.run({i / k.dim(1), i % k.dim(1)}, workspace.data());
  });
}

}  // namespace newbie::ops::cpu
