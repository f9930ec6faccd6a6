/// The way there once more, for what it knew of each row, then cuDNN's way back.
#include "ops/cuda/attention_groups.h"
#include "ops/cuda/backward.h"
#include "ops/cuda/sdpa_backward.h"

namespace newbie::ops::cuda {
namespace {

/// Slopes of the scores of one call, which are written out. A sequence that needs more (11000 rows
/// of 24 heads) is computed by products.
constexpr size_t kMostSlopes = size_t{5} << 30;
/// Of several sequences together.
constexpr size_t kEnoughSlopes = size_t{2} << 30;

std::byte* at(const Tensor& x, int64_t element) {
  return const_cast<std::byte*>(x.raw()) + element * static_cast<int64_t>(size_of(x.dtype()));
}

bool aligned(const Tensor& x) { return reinterpret_cast<uintptr_t>(x.raw()) % 16 == 0; }

SdpaShape with_stats(SdpaShape shape) {
  shape.stats = true;
  return shape;
}

std::string declines(const std::vector<SequenceGroup>& groups, const Device& device) {
  for (const SequenceGroup& group : groups) {
    std::string why = fused_sdpa_backward_refuses(group.shape);
    if (why.empty() && fused_sdpa_backward_bytes(group.shape) > kMostSlopes) why = "too long";
    if (why.empty() && !device.plans()) {
      Libraries& libraries = libraries_of(device);
      why = fused_sdpa_backward_declines(libraries, group.shape);
      if (why.empty()) why = fused_sdpa_declines(libraries, with_stats(group.shape));
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

void run(const Gradients& to, const Inputs& in, const SequenceGroup& group, float scale) {
  const Device& device = in.q.device();
  const SdpaShape &shape = group.shape, forward = with_stats(shape);
  const int64_t of_q = group.begin * shape.heads * shape.width;
  const int64_t of_k = group.begin * shape.kv_heads * shape.width;
  const MemoryScope scope(device, MemoryUse::workspace);
  const int64_t rows = shape.batch * shape.heads * shape.length;
  Tensor out = Tensor::empty({group.rows(), shape.heads * shape.width}, shape.type, device);
  Tensor stats = Tensor::empty({rows}, DType::f32, device);
  Tensor means = Tensor::empty({rows}, DType::f32, device);
  const RaggedTable table = shape.ragged ? RaggedTable(group, device) : RaggedTable();
  Libraries* libraries = device.plans() ? nullptr : &libraries_of(device);
  const size_t bytes = libraries ? std::max(fused_sdpa_scratch(*libraries, forward),
                                            fused_sdpa_backward_scratch(*libraries, shape))
                                 : fused_sdpa_backward_bytes(shape);
  Tensor block = Tensor::empty({static_cast<int64_t>(bytes)}, DType::u8, device);
  if (!libraries) return;
  auto* stats_of = reinterpret_cast<float*>(stats.mutable_raw());
  fused_sdpa(*libraries, forward,
             {.q = at(in.q, of_q),
              .k = at(in.k, of_k),
              .v = at(in.v, of_k),
              .out = out.mutable_raw(),
              .scale = scale,
              .ragged = table.rows(),
              .stats = stats_of},
             {block.mutable_raw(), bytes});
  fused_sdpa_backward(*libraries, shape,
                      {.q = at(in.q, of_q),
                       .k = at(in.k, of_k),
                       .v = at(in.v, of_k),
                       .out = out.raw(),
                       .d_out = at(in.dy, of_q),
                       .stats = stats_of,
                       .means = reinterpret_cast<float*>(means.mutable_raw()),
                       .dq = at(to.dq, of_q),
                       .dk = at(to.dk, of_k),
                       .dv = at(to.dv, of_k),
                       .scale = scale,
                       .ragged = table.rows()},
                      {block.mutable_raw(), bytes});
}

}  // namespace

std::string attention_backward_ragged_declines(const Tensor& dk, const Tensor& dv, const Tensor& dy,
                                               const Tensor& q, const Tensor& k, const Tensor& v,
                                               const Packing& sequences,
                                               const AttentionOptions& options) {
  std::string why = inputs_decline({&dk, &dv, &dy, &q, &k, &v}, options);
  if (why.empty()) why = ragged_declines(q, sequences, options);
  if (!why.empty()) return why;
  return declines(groups_with_table(q, k, sequences, options), q.device());
}

void attention_backward_ragged(Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& dy,
                               const Tensor& q, const Tensor& k, const Tensor& v,
                               const Packing& sequences, const AttentionOptions& options) {
  for (const SequenceGroup& group : groups_with_table(q, k, sequences, options)) {
    run({dq, dk, dv}, {dy, q, k, v}, group, options.scale);
  }
}

std::string attention_backward_fused_declines(const Tensor& dk, const Tensor& dv, const Tensor& dy,
                                              const Tensor& q, const Tensor& k, const Tensor& v,
                                              const Packing& sequences,
                                              const AttentionOptions& options) {
  if (runs_of(sequences) > kFewRuns) return "many lengths, each a plan";
  const std::string why = inputs_decline({&dk, &dv, &dy, &q, &k, &v}, options);
  return why.empty() ? declines(dense_groups(q, k, sequences, options), q.device()) : why;
}

void attention_backward_fused(Tensor& dq, const Tensor& dk, const Tensor& dv, const Tensor& dy,
                              const Tensor& q, const Tensor& k, const Tensor& v,
                              const Packing& sequences, const AttentionOptions& options) {
  for (const SequenceGroup& group : dense_groups(q, k, sequences, options)) {
    run({dq, dk, dv}, {dy, q, k, v}, group, options.scale);
  }
}

}  // namespace newbie::ops::cuda
