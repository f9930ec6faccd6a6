#include "ops/padded_attention.h"

#include <algorithm>

#include "ops/backward/candidates.h"
#include "ops/candidate_lists.h"
#include "ops/sequences.h"
#include "tensor/gradient.h"

namespace newbie::ops {
namespace {

/// Runs of sequences of one length that are still taken one by one.
constexpr int64_t kFewRuns = 8;
/// Lengths of boxes are multiples, so that there are few of them.
constexpr int64_t kGrain = 64;
/// Columns that a mark takes: heads stay multiples of what kernels read at once.
constexpr int64_t kMarkColumns = 8;
/// The score of a hidden key: its weight is zero beside any other score, and its mark is a number
/// in f16 too.
constexpr float kHiddenScore = -4096.0f;

int64_t box_length(const Packing& sequences) {
  int64_t most = 1;
  for (int64_t b = 0; b < sequences.count(); ++b) most = std::max(most, sequences.length(b));
  return (most + kGrain - 1) / kGrain * kGrain;
}

/// Whether a device has kernels for sequences of many lengths, and for the way back where it will
/// be gone.
bool taken_ragged(const Tensor& q, const Tensor& k, const Tensor& v, const Packing& sequences,
                  const AttentionOptions& options) {
  const auto takes = [](std::string_view op, const auto& candidates, const auto&... arguments) {
    return std::ranges::any_of(candidates, [&](const auto& candidate) {
      return candidate.name == "ragged" && passed_over(op, candidate.name).empty() &&
             candidate.declines(arguments...).empty();
    });
  };
  const bool learns = recording(q, k, v);
  KeptAttention kept;
  if (!takes("attention", attention_candidates(), q, k, v, sequences, options,
             KeepAttention{learns ? &kept : nullptr})) {
    return false;
  }
  if (!learns) return true;
  // Slopes look like what they are of.
  const Tensor dy = q.view({q.dim(0), q.dim(1) * q.dim(2)});
  return takes("attention_backward", attention_backward_candidates(), k, v, dy, q, k, v, sequences,
               options, kept);
}

}  // namespace

bool attends_better_padded(const Tensor& q, const Tensor& k, const Tensor& v,
                           const Packing& sequences, const AttentionOptions& options) {
  if (q.device().kind() != DeviceKind::cuda || !options.bias.empty()) return false;
  int64_t runs = 0;
  for (int64_t b = 0; b < sequences.count(); ++b) {
    runs += b == 0 || sequences.length(b) != sequences.length(b - 1) ? 1 : 0;
  }
  return runs > kFewRuns && !taken_ragged(q, k, v, sequences, options);
}

Tensor padded_attention(const Tensor& q, const Tensor& k, const Tensor& v, const Packing& sequences,
                        const AttentionOptions& options) {
  const int64_t length = box_length(sequences), own = q.dim(2);
  const int64_t width = options.causal ? own : own + kMarkColumns;
  // q's mark is one, so that a key's mark times the scale is what its score gains.
  const Tensor boxed_q = pad_heads(q, sequences, {length, width, 1.0f, 1.0f});
  const Tensor boxed_k =
      pad_heads(k, sequences, {length, width, 0.0f, kHiddenScore / options.scale});
  const Tensor boxed_v = pad_heads(v, sequences, {length, width});
  const std::vector<int64_t> lengths(static_cast<size_t>(sequences.count()), length);
  const Tensor boxed = attention(boxed_q, boxed_k, boxed_v, Packing::of_lengths(lengths), options);
  const int64_t rows = sequences.count() * length, heads = q.dim(1);
  return unpad_heads(boxed.view({rows, heads, width}), sequences, length, own)
      .view({q.dim(0), heads * own});
}

}  // namespace newbie::ops
