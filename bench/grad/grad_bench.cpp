/// How close does going forward and back through a small transformer come to what the processor can
/// do? Operations are those of the products and of attention, forward once and back twice; what is
/// computed again is not counted.

#include <fmt/format.h>

#include <algorithm>

#include "grad/backward.h"
#include "grad/parameter.h"
#include "measure.h"
#include "models/next_dit/model.h"
#include "nn/learned_weights.h"
#include "ops/loss.h"
#include "ops/shape.h"
#include "random_weights.h"
#include "support/tensors.h"

namespace newbie::bench {
namespace {

using test::random_tensor;

/// Ten million parameters.
next_dit::Config config() {
  next_dit::Config config;
  config.dim = 288;
  config.n_layers = 4;
  config.n_refiner_layers = 1;
  config.n_heads = 6;
  config.n_kv_heads = 2;
  config.axes_dims = {16, 16, 16};
  config.axes_lens = {256, 64, 64};
  config.cap_feat_dim = 256;
  config.clip_text_dim = 256;
  return config;
}

constexpr int64_t kCaption = 32;
constexpr int64_t kHeight = 28, kWidth = 32;  // 224 tokens of the picture: 256 together

/// Everything that a step reads, alive as long as the workload.
struct Step {
  Step(DType dtype, int64_t pictures, bool again, const Device& device) : recompute(again) {
    RandomWeights random(DType::f32, device);
    nn::WeightUse use{.device = device, .compute = dtype};
    use.live = true;
    nn::LearnedWeights weights(
        random, use, dtype, [](const std::string&) { return true; }, parameters);
    network = std::make_unique<next_dit::NextDiT>(config(), nn::WeightScope(weights, use));
    const auto count = static_cast<size_t>(pictures);
    const Shape latent{16, kHeight, kWidth};
    latents.assign(count, random_tensor(latent, DType::f32, device, 1));
    times.assign(count, 0.4f);
    captions = ops::Packing::of_lengths(std::vector<int64_t>(count, kCaption));
    features = random_tensor({captions.rows(), config().cap_feat_dim}, DType::f32, device, 2);
    pooled = random_tensor({pictures, config().clip_text_dim}, DType::f32, device, 3);
    target = random_tensor({16 * pictures, kHeight, kWidth}, DType::f32, device, 4);
    layout = network->layout(std::vector<Shape>(count, latent), captions);
  }

  void run() const {
    // As in a run: what is freed is kept for the next step.
    const MemoryScope memory(features.device(), MemoryUse::activations);
    const auto caption = network->refine_caption(features, captions);
    const std::vector<Tensor> no_bias;
    next_dit::Input input{latents, times, caption, pooled, layout, no_bias};
    input.recompute = recompute;
    const auto v = ops::concat_rows((*network)(input));
    grad::backward(ops::mean_distance(v, target, ops::Distance::squared));
    for (const grad::Parameter& parameter : parameters) parameter.clear_gradient();
  }

  int64_t parameter_count() const {
    int64_t count = 0;
    for (const grad::Parameter& parameter : parameters) count += parameter.values().numel();
    return count;
  }

  bool recompute;
  std::vector<grad::Parameter> parameters;
  std::unique_ptr<next_dit::NextDiT> network;
  std::vector<Tensor> latents;
  std::vector<float> times;
  ops::Packing captions;
  Tensor features, pooled, target;
  next_dit::Layout layout;
};

double block_operations(double tokens) {
  const next_dit::Config c = config();
  const double d = static_cast<double>(c.dim), f = static_cast<double>(c.ffn_dim());
  return tokens * (2 * (static_cast<double>(c.qkv_rows()) + d) * d + 6 * d * f) +
         4 * tokens * tokens * d;
}

double operations(int64_t pictures) {
  const double image = kHeight * kWidth / 4, caption = kCaption;
  const double blocks = static_cast<double>(config().n_layers) * block_operations(image + caption) +
                        block_operations(image) + block_operations(caption);
  return 3 * static_cast<double>(pictures) * blocks;
}

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

/// The peak is measured anew before every step: whoever shares the machine slows both.
void add(int64_t pictures, DType dtype, bool recompute) {
  const std::string name = fmt::format("dit_10m_step/{}x256{}/{}", pictures,
                                       recompute ? "_recompute" : "", name_of(dtype));
  const auto run = [=](benchmark::State& state) {
    const Step step(dtype, pictures, recompute, Device::cpu(threads()));
    check(step.parameter_count() > 9'000'000 && step.parameter_count() < 16'000'000,
          "the network has ten million parameters, about");
    step.run();
    std::vector<double> shares, shares_cpu, busy;
    for (auto _ : state) {
      const Rate peak = peak_rate(dtype, threads());
      const Stopwatch watch;
      step.run();
      const Elapsed elapsed = watch.elapsed();
      state.SetIterationTime(elapsed.wall);
      const double done = operations(pictures) * 1e-9;
      shares.push_back(done / elapsed.wall / peak.wall);
      shares_cpu.push_back(done / elapsed.cpu * threads() / peak.cpu);
      busy.push_back(elapsed.cpu / (elapsed.wall * threads()));
    }
    state.counters["share"] = median(shares);
    state.counters["share_cpu"] = median(shares_cpu);
    state.counters["busy"] = median(busy);
  };
  benchmark::RegisterBenchmark(name.c_str(), run)
      ->UseManualTime()
      ->Iterations(9)
      ->Unit(benchmark::kMillisecond);
}

}  // namespace
}  // namespace newbie::bench

int main(int argc, char** argv) {
  using namespace newbie;
  benchmark::Initialize(&argc, argv);
  for (DType dtype : {DType::f32, DType::bf16}) {
    bench::add(1, dtype, false);
    bench::add(8, dtype, false);
    bench::add(8, dtype, true);
  }
  benchmark::RunSpecifiedBenchmarks();
}
