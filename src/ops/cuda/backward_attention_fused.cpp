/// cuDNN's way back. What the way there knew of each row has been kept, or it is gone once more.
#include "ops/cuda/attention_groups.h"
#include "ops/cuda/backward.h"
#include "ops/cuda/sdpa_backward.h"

namespace newbie::ops::cuda {
namespace {

/// Slopes of the scores of several sequences together, which are written out.
constexpr size_t kEnoughSlopes = size_t{2} << 30;

std::byte* at(const Tensor& x, int64_t element) {
  return const_cast<std::byte*>(x.raw()) + element * static_cast<int64_t>(size_of(x.dtype()));
}

bool aligned(const Tensor& x) { return reinterpret_cast<uintptr_t>(x.raw()) % 16 == 0; }

/// What the way there knew.
struct Forward {
  Tensor out, stats;
};

/// Of a group; nothing where it was not kept, or not as the group needs it.
Forward kept_of(const SequenceGroup& group, const KeptAttention& kept) {
  const SdpaShape& shape = group.shape;
  const Tensor stats = kept.log_sums_of(group.first, shape.batch);
  if (!stats.defined() || stats.dim(2) != shape.length || !aligned(stats)) return {};
  return {kept.out.slice(group.begin, group.begin + group.rows()), stats};
}

std::string declines(const std::vector<SequenceGroup>& groups, const KeptAttention& kept,
                     const Device& device) {
  for (const SequenceGroup& group : groups) {
    std::string why = fused_sdpa_backward_refuses(group.shape);
    if (why.empty() && !device.plans()) {
      Libraries& libraries = libraries_of(device);
      why = fused_sdpa_backward_declines(libraries, group.shape);
      if (why.empty() && !kept_of(group, kept).stats.defined()) {
        why = fused_sdpa_declines(libraries, with_stats(group.shape));
      }
    }
    if (!why.empty()) return why;
  }
  return "";
}

std::string inputs_decline(std::initializer_list<const Tensor*> inputs,
                           const AttentionOptions& options) {
  for (const Tensor* x : inputs) {
    if (!aligned(*x)) return "rows that do not begin at 16 bytes";
  }
  return options.scale > 0.0f ? "" : "a scale that is not positive";
}

std::vector<SequenceGroup> dense_groups(const Tensor& q, const Tensor& k, const Packing& sequences,
                                        const AttentionOptions& options) {
  return groups_of_one_length(kind_of(q, k, sequences, options), sequences,
                              fused_sdpa_backward_bytes, kEnoughSlopes);
}

std::vector<SequenceGroup> groups_with_table(const Tensor& q, const Tensor& k,
                                             const Packing& sequences,
                                             const AttentionOptions& options) {
  return ragged_groups(kind_of(q, k, sequences, options), sequences, fused_sdpa_backward_bytes,
                       kEnoughSlopes);
}

struct Gradients {
  const Tensor &dq, &dk, &dv;
};
struct Inputs {
  const Tensor &dy, &q, &k, &v;
};

void run(const Gradients& to, const Inputs& in, const SequenceGroup& group, float scale,
         const KeptAttention& kept) {
  const Device& device = in.q.device();
  const SdpaShape& shape = group.shape;
  const int64_t of_q = group.begin * shape.heads * shape.width;
  const int64_t of_k = group.begin * shape.kv_heads * shape.width;
  const MemoryScope scope(device, MemoryUse::workspace);
  const int64_t rows = shape.batch * shape.heads * shape.length;
  Forward forward = kept_of(group, kept);
  const bool again = !forward.stats.defined();
  if (again) {
    forward = {Tensor::empty({group.rows(), shape.heads * shape.width}, shape.type, device),
               Tensor::empty({rows}, DType::f32, device)};
  }
  Tensor means = Tensor::empty({rows}, DType::f32, device);
  const RaggedTable table = shape.ragged ? RaggedTable(group, device) : RaggedTable();
  Libraries* libraries = device.plans() ? nullptr : &libraries_of(device);
  size_t bytes =
      libraries ? fused_sdpa_backward_scratch(*libraries, shape) : fused_sdpa_backward_bytes(shape);
  if (libraries && again) {
    bytes = std::max(bytes, fused_sdpa_scratch(*libraries, with_stats(shape)));
  }
  Tensor block = Tensor::empty({static_cast<int64_t>(bytes)}, DType::u8, device);
  if (!libraries) return;
  const Scratch scratch{block.mutable_raw(), bytes};
  if (again) {
    fused_sdpa(*libraries, with_stats(shape),
               {.q = at(in.q, of_q),
                .k = at(in.k, of_k),
                .v = at(in.v, of_k),
                .out = forward.out.mutable_raw(),
                .scale = scale,
                .ragged = table.rows(),
                .stats = reinterpret_cast<float*>(forward.stats.mutable_raw())},
               scratch);
  }
  fused_sdpa_backward(*libraries, shape,
                      {.q = at(in.q, of_q),
                       .k = at(in.k, of_k),
                       .v = at(in.v, of_k),
                       .out = forward.out.raw(),
                       .d_out = at(in.dy, of_q),
                       .stats = reinterpret_cast<const float*>(forward.stats.raw()),
                       .means = reinterpret_cast<float*>(means.mutable_raw()),
                       .dq = at(to.dq, of_q),
                       .dk = at(to.dk, of_k),
                       .dv = at(to.dv, of_k),
                       .scale = scale,
                       .ragged = table.rows()},
                      scratch);
}

}  // namespace

std::string attention_backward_ragged_declines(const Tensor& dk, const Tensor& dv, const Tensor& dy,
                                               const Tensor& q, const Tensor& k, const Tensor& v,
                                               const Packing& sequences,
                                               const AttentionOptions& options,
                                               const KeptAttention& kept) {
  std::string why = inputs_decline({&dk, &dv, &dy, &q, &k, &v}, options);
  if (why.empty()) why = ragged_declines(q, sequences, options);
  if (!why.empty()) return why;
  return declines(groups_with_table(q, k, sequences, options), kept, q.device());
}

void attention_backward_ragged(Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& dy,
                               const Tensor& q, const Tensor& k, const Tensor& v,
                               const Packing& sequences, const AttentionOptions& options,
                               const KeptAttention& kept) {
  for (const SequenceGroup& group : groups_with_table(q, k, sequences, options)) {
    run({dq, dk, dv}, {dy, q, k, v}, group, options.scale, kept);
  }
}

std::string attention_backward_fused_declines(const Tensor& dk, const Tensor& dv, const Tensor& dy,
                                              const Tensor& q, const Tensor& k, const Tensor& v,
                                              const Packing& sequences,
                                              const AttentionOptions& options,
                                              const KeptAttention& kept) {
  if (runs_of(sequences) > kFewRuns) return "many lengths, each a plan";
  const std::string why = inputs_decline({&dk, &dv, &dy, &q, &k, &v}, options);
  return why.empty() ? declines(dense_groups(q, k, sequences, options), kept, q.device()) : why;
}

void attention_backward_fused(Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& dy,
                              const Tensor& q, const Tensor& k, const Tensor& v,
                              const Packing& sequences, const AttentionOptions& options,
                              const KeptAttention& kept) {
  for (const SequenceGroup& group : dense_groups(q, k, sequences, options)) {
    run({dq, dk, dv}, {dy, q, k, v}, group, options.scale, kept);
  }
}

}  // namespace newbie::ops::cuda
