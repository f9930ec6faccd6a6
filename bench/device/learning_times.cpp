#include <fmt/format.h>

#include <cmath>

#include "grad/backward.h"
#include "learning.h"
#include "ops/backward/attention.h"
#include "ops/backward/elementwise.h"
#include "ops/backward/matmul.h"
#include "ops/backward/norm.h"
#include "questions.h"
#include "synthetic.h"
#include "timing.h"

namespace newbie::bench {
namespace {

constexpr int64_t kSide = 1024, kCaption = 512;
constexpr int64_t kRows = kSide * kSide / 256 + kCaption;
constexpr int64_t kDim = 2304, kQkv = 3840, kHidden = 9216;

double peak_of(const Device& device) {
  return static_cast<double>(device.allocator().report().total.peak) / 1e9;
}

/// What a step holds at most, without a device.
void plan_lora() {
  const Device device = Device::planning(DeviceKind::cuda, 0, 90);
  const LearningStep step = lora_step(device, kSide, kCaption);
  step.run();
  report("LoRA step 1024 peak, planned", peak_of(device), "GB");
  const MemoryReport taken = device.allocator().report();
  for (const MemoryUse use : {MemoryUse::weights, MemoryUse::activations, MemoryUse::workspace}) {
    uint64_t bytes = 0;
    for (const auto& uses : taken.counts) bytes += uses[static_cast<size_t>(use)].peak;
    report(fmt::format("LoRA step 1024 {}, planned", name_of(use)),
           static_cast<double>(bytes) / 1e9, "GB");
  }
}

/// Ops of a block's way back, each alone, 5 at a time.
void time_pieces(const Device& device) {
  const auto random = [&](Shape shape, uint64_t seed) {
    return random_tensor(shape, DType::bf16, device, seed);
  };
  const auto time = [&](std::string_view name, const std::function<void()>& run) {
    const double ms = median_ms(device, 7, [&] {
      for (int i = 0; i < 5; ++i) run();
    });
    report(fmt::format("back: {}", name), ms / 5, "ms");
  };
  const ops::Packing one = ops::Packing::of_lengths({kRows});
  const Tensor x = random({kRows, kDim}, 1), wide = random({kRows, kHidden}, 2);
  const Tensor up = random({kRows, kHidden}, 3), qkv = random({kRows, kQkv}, 4);
  const auto weight = [&](int64_t out, int64_t in) {
    return ops::prepare_linear(random({out, in}, 5), std::nullopt, DType::bf16,
                               ops::Residency::packed);
  };
  const ops::LinearWeights w1 = weight(kHidden, kDim), w2 = weight(kDim, kHidden),
                           w_qkv = weight(kQkv, kDim);
  time("input of w1", [&] { ops::linear_input_gradient(wide, w1); });
  time("input of w2", [&] { ops::linear_input_gradient(x, w2); });
  time("input of qkv", [&] { ops::linear_input_gradient(qkv, w_qkv); });
  const Tensor narrow = random({kRows, 16}, 6);
  const ops::LinearWeights down = weight(16, kHidden);
  time("there: to 16 of 9216", [&] { ops::linear(wide, down); });
  const Tensor one_row = random({1, kHidden}, 11);
  const ops::LinearWeights modulation = weight(kHidden, 1024);
  time("input of a modulation, one row", [&] { ops::linear_input_gradient(one_row, modulation); });
  time("a factor [9216,16]", [&] { ops::linear_weight_gradient(wide, narrow); });
  time("a factor [16,9216]", [&] { ops::linear_weight_gradient(narrow, wide); });
  time("gated", [&] { ops::gated_backward(wide, wide, up, ops::Activation::silu); });
  const Tensor factor = random_tensor({1, kDim}, DType::f32, device, 7);
  time("a norm", [&] { ops::row_norm_backward(x, x, factor, ops::RowStatistic::rms, 1e-5f, one); });
  time("a sum", [&] { ops::add(x, x); });
  const Tensor q = random({kRows, 24, 96}, 8), k = random({kRows, 8, 96}, 9),
               v = random({kRows, 8, 96}, 10);
  const ops::AttentionOptions options{.scale = 1 / std::sqrt(96.0f)};
  time("attention, there", [&] { ops::attention(q, k, v, one, options); });
  time("attention, there and back",
       [&] { grad::backward(ops::attention(leaf(q), k, v, one, options), x); });
  time("attention, nothing kept", [&] { ops::attention_backward(x, q, k, v, one, options); });
}

void time_nano(const Device& device) {
  for (const int64_t pictures : {128, 512}) {
    const LearningStep step = nano_step(device, pictures);
    device.allocator().reset_peaks();
    const double ms = median_ms(device, 9, step.run, 2);
    report(fmt::format("nano step of {}", pictures), ms, "ms");
    report(fmt::format("nano pictures a second, {} a step", pictures),
           1000 * static_cast<double>(pictures) / ms, "/s");
    report(fmt::format("nano step of {} peak", pictures), peak_of(device), "GB");
  }
}

}  // namespace

void time_lora(const Device& device) {
  const LearningStep step = lora_step(device, kSide, kCaption);
  report("LoRA parameters", static_cast<double>(step.parameters) / 1e6, "million");
  device.allocator().reset_peaks();
  const double ms = median_ms(device, 15, step.run, 3);
  report("LoRA step 1024", ms, "ms");
  report("LoRA steps a second", 1000 / ms, "/s");
  report("LoRA step 1024 peak", peak_of(device), "GB");
}

void time_learning(const Device& device) {
  plan_lora();
  time_lora(device);
  time_pieces(device);
}

void time_nano_learning(const Device& device) { time_nano(device); }

void plan_learning() { plan_lora(); }

}  // namespace newbie::bench
