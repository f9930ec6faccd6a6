#include "ops/attention.h"

#include "ops/backward/attention.h"
#include "ops/candidate_lists.h"
#include "ops/checks.h"
#include "ops/padded_attention.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

constexpr std::string_view kOp = "attention";

void require_heads(const Tensor& q, const Tensor& k, const Tensor& v) {
  require_rank(kOp, "q", q, 3, "[S,H,E]");
  require_rank(kOp, "k", k, 3, "[S,K,E]");
  require_number(kOp, "q", q);
  require_type_of(kOp, "k", k, q);
  require_type_of(kOp, "v", v, q);
  require_shape(kOp, "v", v, k.shape());
  if (k.dim(0) != q.dim(0) || k.dim(2) != q.dim(2)) {
    refuse_shape(kOp, "k", k.str(), fmt::format("[{},K,{}]", q.dim(0), q.dim(2)));
  }
  if (k.dim(1) == 0 || q.dim(1) % k.dim(1) != 0) {
    refuse_shape(kOp, "k", k.str(), fmt::format("key heads that divide {} query heads", q.dim(1)));
  }
}

void require_bias(const Packing& sequences, const std::vector<Tensor>& bias) {
  if (bias.empty()) return;
  if (static_cast<int64_t>(bias.size()) != sequences.count()) {
    refuse_shape(kOp, "bias", fmt::format("{} matrices", bias.size()),
                 fmt::format("one for each of {} sequences", sequences.count()));
  }
  for (int64_t b = 0; b < sequences.count(); ++b) {
    const Tensor& matrix = bias[static_cast<size_t>(b)];
    if (!matrix.defined()) continue;
    require_rank(kOp, "bias", matrix, 2, "[rows,columns]");
    if (matrix.dtype() != DType::f32) refuse_dtype(kOp, "bias", matrix.str(), "f32");
    if (matrix.dim(0) > sequences.length(b) || matrix.dim(1) > sequences.length(b)) {
      refuse_shape(kOp, "bias", matrix.str(),
                   fmt::format("at most [{0},{0}], the sequence", sequences.length(b)));
    }
  }
}

}  // namespace

Tensor attention(const Tensor& q, const Tensor& k, const Tensor& v, const Packing& sequences,
                 const AttentionOptions& options) {
  require_heads(q, k, v);
  require_rows(kOp, sequences, q.dim(0));
  require_bias(sequences, options.bias);
  if (options.window < 0) {
    refuse_shape(kOp, "window", fmt::format("{}", options.window), "0 or more keys");
  }
  if (attends_better_padded(q, k, v, sequences, options)) {
    return padded_attention(q, k, v, sequences, options);
  }
  Tensor out = Tensor::empty(Shape{q.dim(0), q.dim(1) * q.dim(2)}, q.dtype(), q.device());
  const bool learns = recording(q, k, v);
  KeptAttention kept;
  run_candidates(kOp, attention_candidates(), out, q, k, v, sequences, options,
                 KeepAttention{learns ? &kept : nullptr});
  if (recording(options.bias)) refuse_recording("the bias of attention");
  if (learns) {
    record(out, kOp, {q, k, v},
           [q = q.detached(), k = k.detached(), v = v.detached(), sequences, options,
            kept](const Tensor& dy) {
             auto d = attention_backward(dy, q, k, v, sequences, options, kept);
             return std::vector{std::move(d.q), std::move(d.k), std::move(d.v)};
           });
  }
  return out;
}

}  // namespace newbie::ops
