#include "learning.h"

#include <optional>

#include "adapters/learned.h"
#include "grad/backward.h"
#include "models/next_dit/names.h"
#include "nn/learned_weights.h"
#include "ops/elementwise.h"
#include "ops/loss.h"
#include "ops/shape.h"
#include "synthetic.h"
#include "train/optim/optimizer.h"
#include "train/recipe/recipe.h"

namespace newbie::bench {
namespace {

/// Pictures, captions and the noise's direction.
struct Examples {
  Examples(const next_dit::Config& config, const Shape& latent, const std::vector<int64_t>& lengths,
           const Device& device)
      : latents(lengths.size(), random_tensor(latent, DType::f32, device, 11)),
        times(lengths.size(), 0.4f),
        captions(ops::Packing::of_lengths(lengths)),
        features(random_tensor({captions.rows(), config.cap_feat_dim}, DType::bf16, device, 2)),
        pooled(random_tensor({captions.count(), config.clip_text_dim}, DType::bf16, device, 3)),
        targets(lengths.size(), random_tensor(latent, DType::f32, device, 4)) {}

  std::vector<Tensor> latents;
  std::vector<float> times;
  ops::Packing captions;
  Tensor features, pooled;
  std::vector<Tensor> targets;
};

void learn(const next_dit::NextDiT& network, const Examples& examples, bool recompute) {
  const MemoryScope memory(examples.features.device(), Component::dit, MemoryUse::activations);
  const auto caption = network.refine_caption(examples.features, examples.captions);
  std::vector<Shape> shapes;
  for (const Tensor& latent : examples.latents) shapes.push_back(latent.shape());
  const next_dit::Layout layout = network.layout(shapes, examples.captions);
  const std::vector<Tensor> no_bias;
  next_dit::Input input{examples.latents, examples.times, caption,
                        examples.pooled,  layout,         no_bias};
  input.recompute = recompute;
  const auto velocities = network(input);
  grad::backward(ops::mean_distance(ops::concat_rows(velocities),
                                    ops::concat_rows(examples.targets), ops::Distance::squared));
}

struct Learning {
  std::optional<adapters::LearnedAdapter> adapter;
  std::optional<next_dit::NextDiT> network;
  std::vector<train::Parameter> parameters;
  std::optional<train::Optimizer> optimizer;
  std::optional<Examples> examples;
  int64_t steps = 0;
};

LearningStep step_of(const std::shared_ptr<Learning>& learning, bool recompute) {
  int64_t count = 0;
  for (const train::Parameter& parameter : learning->parameters) {
    count += parameter.leaf.values().numel();
  }
  learning->optimizer.emplace(train::OptimizerSection{}, learning->parameters);
  const auto run = [learning, recompute] {
    learn(*learning->network, *learning->examples, recompute);
    // Known before the optimiser writes, as in a run.
    train::gradient_norm(learning->parameters);
    (*learning->optimizer)(learning->parameters, {.number = learning->steps++});
    for (const train::Parameter& parameter : learning->parameters) {
      parameter.leaf.clear_gradient();
    }
  };
  return {learning, run, count};
}

}  // namespace

LearningStep lora_step(const Device& device, int64_t side, int64_t caption, int64_t layers) {
  const auto learning = std::make_shared<Learning>();
  const next_dit::Config config = transformer_config(layers);
  const MemoryScope memory(device, Component::dit, MemoryUse::weights);
  adapters::Targets targets;
  targets.add("next_dit", next_dit::expected_tensors(config), next_dit::layouts(config));
  learning->adapter.emplace(adapters::make_modules(
      adapters::resolve_targets(targets, "next_dit", train::AdapterSection{}.targets), {}, device));
  for (const grad::Parameter& learned : learning->adapter->parameters()) {
    learning->parameters.emplace_back(learned, train::Role::other);
  }
  {
    SyntheticWeights weights(DType::bf16, device);
    const auto adapted = learning->adapter->wrap(weights, "next_dit");
    learning->network.emplace(config, nn::WeightScope(*adapted, use_of(device, DType::bf16)));
  }
  learning->examples.emplace(config, Shape{16, side / 8, side / 8}, std::vector{caption}, device);
  return step_of(learning, true);
}

LearningStep nano_step(const Device& device, int64_t pictures) {
  const auto learning = std::make_shared<Learning>();
  next_dit::Config config;
  config.in_channels = 8;
  config.dim = 256;
  config.n_layers = 10;
  config.n_refiner_layers = 1;
  config.n_heads = 4;
  config.n_kv_heads = 2;
  config.ffn_dim_multiplier = 0.75;
  config.axes_dims = {16, 24, 24};
  config.axes_lens = {1024, 512, 512};
  config.cap_feat_dim = 192;
  config.clip_text_dim = 96;
  nn::WeightUse use = use_of(device, DType::bf16);
  use.live = true;
  std::vector<grad::Parameter> learned;
  {
    const MemoryScope memory(device, Component::dit, MemoryUse::weights);
    SyntheticWeights random(DType::f32, device);
    nn::LearnedWeights weights(
        random, use, DType::bf16, [](const std::string&) { return true; }, learned);
    learning->network.emplace(config, nn::WeightScope(weights, use));
  }
  for (const grad::Parameter& parameter : learned) {
    const MemoryScope memory(device, Component::dit, MemoryUse::weights);
    const Tensor value = parameter.values();
    learning->parameters.emplace_back(
        parameter, train::Role::other,
        value.dtype() == DType::f32 ? Tensor() : ops::cast(value, DType::f32));
  }
  std::vector<int64_t> lengths;
  for (int64_t i = 0; i < pictures; ++i) lengths.push_back(60 + i * 37 % 140);
  learning->examples.emplace(config, Shape{8, 32, 32}, lengths, device);
  return step_of(learning, false);
}

}  // namespace newbie::bench
