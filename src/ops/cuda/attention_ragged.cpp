/// Batches whose sequences all have lengths of their own, as in training: one call and one plan.
#include "ops/cuda/attention.h"
#include "ops/cuda/attention_groups.h"
#include "ops/cuda/sdpa_backward.h"

namespace newbie::ops::cuda {
namespace {

std::vector<SequenceGroup> groups_of(const Tensor& q, const Tensor& k, const Packing& sequences,
                                     const AttentionOptions& options) {
  return ragged_groups(
      kind_of(q, k, sequences, options), sequences, [](const SdpaShape&) { return size_t{1}; },
      size_t{1} << 31);
}

bool aligned(const Tensor& x) { return reinterpret_cast<uintptr_t>(x.raw()) % 16 == 0; }

}  // namespace

std::string attention_ragged_declines(const Tensor& q, const Tensor& k, const Tensor& v,
                                      const Packing& sequences, const AttentionOptions& options,
                                      const KeepAttention& keep) {
  if (!aligned(q) || !aligned(k) || !aligned(v)) return "rows that do not begin at 16 bytes";
  if (!(options.scale > 0.0f)) return "a scale that is not positive";
  if (const std::string why = ragged_declines(q, sequences, options); !why.empty()) return why;
  const SdpaShape shape = groups_of(q, k, sequences, options).front().shape;
  if (keep.to && fused_sdpa_keeps_stats(q.device(), shape)) return "";
  return q.device().plans() ? fused_sdpa_refuses(shape)
                            : fused_sdpa_declines(libraries_of(q.device()), shape);
}

void attention_ragged(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                      const Packing& sequences, const AttentionOptions& options,
                      const KeepAttention& keep) {
  const Device& device = q.device();
  const SequenceGroup group = groups_of(q, k, sequences, options).front();
  SdpaShape shape = group.shape;
  float* stats = nullptr;
  if (keep.to && fused_sdpa_keeps_stats(device, shape)) {
    Tensor kept = Tensor::empty({shape.batch, shape.heads, shape.length}, DType::f32, device);
    stats = reinterpret_cast<float*>(kept.mutable_raw());
    *keep.to = {out, {kept}};
    shape = with_stats(shape);
  }
  const RaggedTable table(group, device);
  if (device.plans()) return;
  Libraries& libraries = libraries_of(device);
  const size_t bytes = fused_sdpa_scratch(libraries, shape);
  const MemoryScope scope(device, MemoryUse::workspace);
  Tensor block = Tensor::empty({static_cast<int64_t>(bytes)}, DType::u8, device);
  fused_sdpa(libraries, shape,
             {.q = q.raw(),
              .k = k.raw(),
              .v = v.raw(),
              .out = out.mutable_raw(),
              .scale = options.scale,
              .ragged = table.rows(),
              .stats = stats},
             {block.mutable_raw(), bytes});
}

}  // namespace newbie::ops::cuda
