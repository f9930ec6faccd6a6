/// The two guidance halves of a picture have the same number of tokens or not; either way each pays
/// for its own. Sequences of one length are a batch to the libraries, and every length is a plan.
#include "ops/cuda/attention.h"

#include "ops/cuda/sdpa.h"
#include "ops/cuda/sdpa_backward.h"

namespace newbie::ops::cuda {
namespace {

/// Up to here the plain kernel's one launch is quicker than five.
constexpr int64_t kShort = 256;

const Tensor* bias_of(const AttentionOptions& options, int64_t sequence) {
  if (options.bias.empty()) return nullptr;
  const Tensor& bias = options.bias[static_cast<size_t>(sequence)];
  return bias.defined() && bias.numel() > 0 ? &bias : nullptr;
}

/// Calls visit(first row, shape, bias) for each run of sequences of one length; a sequence with a
/// bias is a run of its own.
template <class Visit>
void each_run(const Tensor& q, const Tensor& k, const Packing& sequences,
              const AttentionOptions& options, const Visit& visit) {
  for (int64_t b = 0; b < sequences.count();) {
    const Tensor* bias = bias_of(options, b);
    int64_t end = b + 1;
    while (!bias && end < sequences.count() && !bias_of(options, end) &&
           sequences.length(end) == sequences.length(b)) {
      ++end;
    }
    const SdpaShape shape{.batch = end - b,
                          .length = sequences.length(b),
                          .heads = q.dim(1),
                          .kv_heads = k.dim(1),
                          .width = q.dim(2),
                          .type = q.dtype(),
                          .causal = options.causal,
                          .window = options.window,
                          .bias = bias != nullptr};
    if (shape.length > 0 && q.dim(1) > 0 && q.dim(2) > 0) visit(sequences.begin(b), shape, bias);
    b = end;
  }
}

/// Runs `kernel(shape, operands)` over every run.
template <class Kernel>
void run(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v, const Packing& sequences,
         const AttentionOptions& options, const Kernel& kernel) {
  const auto row_of = [](const Tensor& x, int64_t row) {
    return static_cast<size_t>(row * x.dim(1) * x.dim(2)) * size_of(x.dtype());
  };
  std::byte* to = out.mutable_raw();
  each_run(q, k, sequences, options, [&](int64_t row, const SdpaShape& shape, const Tensor* bias) {
    SdpaOperands operands{q.raw() + row_of(q, row), k.raw() + row_of(k, row),
                          v.raw() + row_of(v, row), to + row_of(q, row), options.scale};
    if (bias) {
      operands.bias = {reinterpret_cast<const float*>(bias->raw()), bias->dim(0), bias->dim(1)};
    }
    kernel(shape, operands);
  });
}

Tensor scratch(const Device& device, size_t bytes) {
  const MemoryScope scope(device, MemoryUse::workspace);
  return Tensor::empty(Shape{static_cast<int64_t>(bytes)}, DType::u8, device);
}

bool aligned(const Tensor& x) { return reinterpret_cast<uintptr_t>(x.raw()) % 16 == 0; }

/// Whether somebody will go back, and every run can keep what is asked for there.
bool keeps_stats(const Tensor& q, const Tensor& k, const Packing& sequences,
                 const AttentionOptions& options, const KeepAttention& keep) {
  bool all = keep.to != nullptr;
  if (!all) return false;
  each_run(q, k, sequences, options, [&](int64_t, const SdpaShape& shape, const Tensor*) {
    all = all && fused_sdpa_keeps_stats(q.device(), shape);
  });
  return all;
}

}  // namespace

std::string attention_fused_declines(const Tensor& q, const Tensor& k, const Tensor& v,
                                     const Packing& sequences, const AttentionOptions& options,
                                     const KeepAttention& keep) {
  if (!aligned(q) || !aligned(k) || !aligned(v)) return "rows that do not begin at 16 bytes";
  // cuDNN finds the highest score before it scales.
  if (!(options.scale > 0.0f)) return "a scale that is not positive";
  if (keeps_stats(q, k, sequences, options, keep)) return "";
  std::string reason;
  each_run(q, k, sequences, options, [&](int64_t, const SdpaShape& shape, const Tensor* bias) {
    if (!reason.empty()) return;
    // What hides every key from a query leaves cuDNN with 0 / 0.
    const bool hides = bias && (shape.causal || shape.window > 0 || bias->dim(1) == shape.length);
    reason = hides                ? "a bias that may hide every key"
             : q.device().plans() ? fused_sdpa_refuses(shape)
                                  : fused_sdpa_declines(libraries_of(q.device()), shape);
  });
  return reason;
}

void attention_fused(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                     const Packing& sequences, const AttentionOptions& options,
                     const KeepAttention& keep) {
  const Device& device = q.device();
  const bool keeps = keeps_stats(q, k, sequences, options, keep);
  if (keeps) *keep.to = {out, {}};
  run(out, q, k, v, sequences, options, [&](SdpaShape shape, SdpaOperands operands) {
    if (keeps) {
      Tensor stats = Tensor::empty({shape.batch, shape.heads, shape.length}, DType::f32, device);
      operands.stats = reinterpret_cast<float*>(stats.mutable_raw());
      keep.to->log_sums.push_back(stats);
      shape = with_stats(shape);
    }
    const size_t bytes = device.plans() ? fused_sdpa_bias_bytes(shape)
                                        : fused_sdpa_scratch(libraries_of(device), shape);
    Tensor block = bytes > kLibraryScratch ? scratch(device, bytes) : Tensor();
    if (device.plans()) return;
    Libraries& libraries = libraries_of(device);
    fused_sdpa(libraries, shape, operands,
               block.defined() ? Scratch{block.mutable_raw(), bytes} : libraries.library_scratch());
  });
}

std::string attention_plain_declines(const Tensor& q, const Tensor&, const Tensor&,
                                     const Packing& sequences, const AttentionOptions&,
                                     const KeepAttention&) {
  if (q.dim(2) > kPlainWidth) return "heads wider than 512";
  for (int64_t b = 0; b < sequences.count(); ++b) {
    if (sequences.length(b) > kShort) return "longer than 256 rows";
  }
  return "";
}

void attention_plain(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                     const Packing& sequences, const AttentionOptions& options,
                     const KeepAttention&) {
  Libraries& libraries = libraries_of(q.device());
  run(out, q, k, v, sequences, options, [&](const SdpaShape& shape, const SdpaOperands& operands) {
    plain_sdpa(libraries, shape, operands);
  });
}

void attention_products(Tensor& out, const Tensor& q, const Tensor& k, const Tensor& v,
                        const Packing& sequences, const AttentionOptions& options,
                        const KeepAttention&) {
  run(out, q, k, v, sequences, options, [&](const SdpaShape& shape, const SdpaOperands& operands) {
    const size_t bytes = sdpa_by_products_scratch(shape);
    Tensor block = scratch(q.device(), bytes);
    if (q.device().plans()) return;
    sdpa_by_products(libraries_of(q.device()), shape, operands, {block.mutable_raw(), bytes});
  });
}

}  // namespace newbie::ops::cuda
