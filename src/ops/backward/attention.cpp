#include "ops/backward/attention.h"

#include "ops/backward/candidates.h"
#include "ops/backward/result.h"
#include "ops/checks.h"

namespace newbie::ops {

AttentionGradients attention_backward(const Tensor& dy, const Tensor& q, const Tensor& k,
                                      const Tensor& v, const Packing& sequences,
                                      const AttentionOptions& options, const KeptAttention& kept) {
  constexpr std::string_view kOp = "attention_backward";
  require_number(kOp, "q", q);
  require_rank(kOp, "q", q, 3, "[S,H,E]");
  require_type_of(kOp, "dy", dy, q);
  require_shape(kOp, "dy", dy, {q.dim(0), q.dim(1) * q.dim(2)});
  require_shape(kOp, "v", v, k.shape());
  require_rows(kOp, sequences, q.dim(0));
  AttentionGradients made{empty_like(q), empty_like(k), empty_like(v)};
  run_candidates(kOp, attention_backward_candidates(), made.q, made.k, made.v, dy, q, k, v,
                 sequences, options, kept);
  return made;
}

}  // namespace newbie::ops
