#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <vector>

#include "ops/attention.h"
#include "ops/cuda/gated_product.h"
#include "ops/cuda/product.h"
#include "ops/cuda/product_kernels.h"
#include "ops/matmul.h"
#include "ops/norm.h"
#include "ops/reduce.h"
#include "ops/rope.h"
#include "ops/shape.h"
#include "questions.h"
#include "synthetic.h"
#include "tensor/cuda/context.h"
#include "timing.h"

namespace newbie::bench {
namespace {

constexpr int64_t kRows = 8704, kWidth = 2304, kHidden = 9216;
/// Blocks of a pass, all on the same weights but for these many sets.
constexpr int kBlocks = 38, kSets = 3;

/// Events between the ops of a pass.
class Marks {
 public:
  explicit Marks(const Device& device) : stream_(cuda::stream_of(device)) {}
  ~Marks() {
    for (cudaEvent_t event : events_) cudaEventDestroy(event);
  }
  void operator()(std::string_view name) {
    if (used_ == events_.size()) {
      events_.emplace_back();
      cuda::require(cudaEventCreate(&events_.back()), "making an event");
      names_.emplace_back();
    }
    names_[used_] = name;
    cuda::require(cudaEventRecord(events_[used_++], stream_), "recording");
  }
  /// Adds the times between marks to each name's, and begins anew.
  void collect(std::map<std::string_view, std::vector<float>>& times) {
    cuda::require(cudaEventSynchronize(events_[used_ - 1]), "waiting");
    std::map<std::string_view, float> sums;
    for (size_t i = 1; i < used_; ++i) {
      float ms = 0;
      cuda::require(cudaEventElapsedTime(&ms, events_[i - 1], events_[i]), "timing");
      sums[names_[i]] += ms;
    }
    for (const auto& [name, sum] : sums) times[name].push_back(sum);
    used_ = 0;
  }

 private:
  cudaStream_t stream_;
  std::vector<cudaEvent_t> events_;
  std::vector<std::string_view> names_;
  size_t used_ = 0;
};

struct Weights {
  ops::LinearWeights qkv, out, w1, w2, w3, modulation;
};

Weights weights_of(ops::LinearStorage storage, SyntheticWeights& from, int set) {
  const auto linear = [&](std::string_view name, int64_t out, int64_t in, ops::LinearStorage kept) {
    const Tensor weight = from.take(fmt::format("{}{}.matrix", name, set), {out, in});
    return ops::prepare_linear(weight, {}, DType::bf16, ops::Residency::packed, kept);
  };
  return {linear("qkv", 3840, kWidth, storage),
          linear("out", kWidth, kWidth, storage),
          linear("w1", kHidden, kWidth, storage),
          linear("w2", kWidth, kHidden, storage),
          linear("w3", kHidden, kWidth, storage),
          linear("modulation", 4 * kWidth, 1024, ops::LinearStorage::compute)};
}

void profile(const Device& device, std::string_view name, ops::LinearStorage storage) {
  SyntheticWeights from(DType::bf16, device);
  std::vector<Weights> sets;
  for (int i = 0; i < kSets; ++i) sets.push_back(weights_of(storage, from, i));
  const ops::RowFormat format = sets[0].qkv.takes();
  const auto rows = ops::Packing::of_lengths({kRows / 2, kRows / 2});
  const Tensor weight = from.take("norm.weight", {kWidth});
  const Tensor head_weight = from.take("head.weight", {96});
  const Tensor c = random_tensor({2, 1024}, DType::bf16, device, 1);
  std::vector<int32_t> places(static_cast<size_t>(3 * kRows));
  for (size_t i = 0; i < places.size(); ++i) places[i] = static_cast<int32_t>(i % 64);
  const std::vector<int64_t> axes{32, 32, 32};
  const auto rope = ops::rope_axes(places, axes, 10000.0, device);
  const Tensor start = random_tensor({kRows, kWidth}, DType::bf16, device, 4);

  Marks mark(device);
  std::map<std::string_view, std::vector<float>> times;
  const auto pass = [&] {
    Tensor x = start, branch = start;
    mark("");
    for (int i = 0; i < kBlocks; ++i) {
      const Weights& w = sets[static_cast<size_t>(i % kSets)];
      const Tensor all = ops::linear(c, w.modulation);
      const auto m = ops::split_columns(all, {kWidth, kWidth, kWidth, kWidth});
      mark("modulation");
      auto [sum, h] = ops::add_gated_rms_norm_modulate(x, branch, {weight, 1e-5f, m[1]},
                                                       {weight, 1e-5f, m[0]}, rows, format);
      mark("sum, norm, modulate (two)");
      const Tensor qkv = ops::linear(h, w.qkv);
      mark("qkv");
      const auto heads = ops::split_heads_norm_rope(qkv, 24, 8, head_weight, head_weight, 1e-5f,
                                                    rope, ops::RopeLayout::interleaved);
      mark("q/k norm, rotary, split");
      const Tensor seen =
          ops::attention(heads.q, heads.k, heads.v, rows, {.scale = 0.102f, .bias = {}});
      mark("attention");
      const ops::LinearInput rows_out =
          format == ops::RowFormat::f8 ? ops::quantize_rows(seen) : ops::LinearInput(seen);
      if (format == ops::RowFormat::f8) mark("quantise attention");
      branch = ops::linear(rows_out, w.out);
      mark("out");
      auto [sum2, h2] = ops::add_gated_rms_norm_modulate(sum, branch, {weight, 1e-5f, m[1]},
                                                         {weight, 1e-5f, m[2]}, rows, format);
      mark("sum, norm, modulate (two)");
      const auto hidden = ops::gated_linear(h2, w.w1, w.w3, ops::Activation::silu, format);
      mark("w1, w3, gate");
      branch = ops::linear(hidden, w.w2);
      mark("w2");
      x = sum2;
    }
  };
  for (int i = 0; i < 2; ++i) {
    pass();
    mark.collect(times);
  }
  times.clear();
  for (int i = 0; i < 9; ++i) {
    pass();
    mark.collect(times);
  }
  double total = 0;
  for (auto& [what, all] : times) {
    std::ranges::nth_element(all, all.begin() + static_cast<int>(all.size() / 2));
    const double ms = all[all.size() / 2];
    total += ms;
    report(fmt::format("  {} {}", name, what), ms, "ms");
  }
  report(fmt::format("38 blocks of 8704 rows {}", name), total, "ms");
}

/// One kernel that gates against two products and a pass over their halves, each for long enough to
/// reach the clock that the card keeps up.
void compare_gates(const Device& device) {
  namespace on = ops::cuda;
  on::Libraries& libraries = on::libraries_of(device);
  SyntheticWeights from(DType::bf16, device);
  const Tensor x = random_tensor({kRows, kWidth}, DType::bf16, device, 1);
  const Tensor gate = from.take("gate.matrix", {kHidden, kWidth});
  const Tensor up = from.take("up.matrix", {kHidden, kWidth});
  Tensor hidden = Tensor::empty({kRows, kHidden}, DType::bf16, device);
  Tensor halves = Tensor::empty({kRows, 2 * kHidden}, DType::bf16, device);
  std::byte* right = halves.mutable_raw() + size_t{2} * kHidden;
  const auto time = [&](std::string_view name, const std::function<void()>& run) {
    const auto many = [&] {
      for (int i = 0; i < kBlocks; ++i) run();
    };
    report(fmt::format("  {} times w1, w3, gate bf16, {}", kBlocks, name),
           median_ms(device, 9, many, 6), "ms");
  };
  time("one kernel", [&] {
    on::gated_product(libraries, {kRows, kHidden, kWidth, DType::bf16},
                      {x.raw(), gate.raw(), up.raw(), hidden.mutable_raw()}, ops::Activation::silu);
  });
  auto shape = on::ProductShape::dense(kRows, kHidden, kWidth, DType::bf16, DType::bf16);
  shape.y_stride = 2 * kHidden;
  time("two products", [&] {
    on::product(libraries, shape, {x.raw(), gate.raw(), nullptr, halves.mutable_raw()});
    on::product(libraries, shape, {x.raw(), up.raw(), nullptr, right});
    on::gate(libraries.stream(), hidden.mutable_raw(), DType::bf16, halves.raw(), right, kRows,
             kHidden, 2 * kHidden, ops::Activation::silu);
  });
}

}  // namespace

void profile_block(const Device& device) {
  profile(device, "bf16", ops::LinearStorage::compute);
  device.allocator().trim();
  profile(device, "fp8", ops::LinearStorage::f8);
  device.allocator().trim();
  compare_gates(device);
  device.allocator().trim();
}

}  // namespace newbie::bench
