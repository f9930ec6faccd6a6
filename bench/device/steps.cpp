#include <fmt/format.h>

#include "diffusion/sample.h"
#include "ops/shape.h"
#include "pipeline/guided_transformer.h"
#include "questions.h"
#include "synthetic.h"
#include "tensor/cuda/context.h"
#include "tensor/rng.h"
#include "timing.h"

namespace newbie::bench {
namespace {

constexpr int64_t kCaption = 256;

/// Latents and captions of one forward pass.
struct Pass {
  Pass(const next_dit::NextDiT& network, int64_t side, const std::vector<int64_t>& captions,
       DType type, const Device& device)
      : times(captions.size(), 0.4f) {
    const Shape latent{16, side / 8, side / 8};
    for (size_t b = 0; b < captions.size(); ++b) {
      latents.push_back(random_tensor(latent, DType::f32, device, 10 + b));
    }
    const auto packing = ops::Packing::of_lengths(captions);
    caption =
        network.refine_caption(random_tensor({packing.rows(), 2560}, type, device, 2), packing);
    pooled = random_tensor({packing.count(), 1024}, type, device, 3);
    layout = network.layout(std::vector<Shape>(captions.size(), latent), packing);
  }
  std::vector<Tensor> operator()(const next_dit::NextDiT& network,
                                 next_dit::HalfGuard* guard = nullptr) const {
    static const std::vector<Tensor> kNone;
    next_dit::Input input{latents, times, caption, pooled, layout, kNone};
    input.guard = guard;
    return network(input);
  }

  std::vector<Tensor> latents;
  std::vector<float> times;
  next_dit::RefinedCaption caption;
  Tensor pooled;
  next_dit::Layout layout;
};

/// Milliseconds of a pass, directly and replayed from a captured graph.
double graph_ms(const Device& device, const std::function<void()>& run) {
  const cudaStream_t stream = cuda::stream_of(device);
  cudaGraph_t graph;
  cudaGraphExec_t executable;
  cuda::require(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "capturing");
  run();
  cuda::require(cudaStreamEndCapture(stream, &graph), "capturing");
  cuda::require(cudaGraphInstantiate(&executable, graph, 0), "instantiating");
  const double ms = median_ms(
      device, 10, [&] { cuda::require(cudaGraphLaunch(executable, stream), "replaying"); });
  cudaGraphExecDestroy(executable);
  cudaGraphDestroy(graph);
  return ms;
}

void time_passes(const next_dit::NextDiT& network, std::string_view name, DType type,
                 const Device& device, bool all) {
  next_dit::HalfGuard guard;
  next_dit::HalfGuard* watch = type == DType::f16 ? &guard : nullptr;
  const auto time = [&](std::string_view what, int64_t side, const std::vector<int64_t>& captions,
                        int repeats) {
    const Pass pass(network, side, captions, type, device);
    std::vector<Tensor> kept;
    const auto run = [&] { kept = pass(network, watch); };
    report(fmt::format("{} {}", what, name), median_ms(device, repeats, run), "ms");
    return peak_mb(device, run);
  };
  const double peak = time("pair 1024", 1024, {kCaption, kCaption}, 15);
  report(fmt::format("pair 1024 {} activations", name), peak, "MB");
  if (!all) return;
  time("pair 1024, empty negative,", 1024, {kCaption, 8}, 9);
  time("one 1024", 1024, {kCaption}, 9);
  time("pair 1536", 1536, {kCaption, kCaption}, 5);
  time("4 pairs 1024", 1024, std::vector<int64_t>(8, kCaption), 4);
  const Pass pass(network, 1024, {kCaption, kCaption}, type, device);
  std::vector<Tensor> kept;
  const auto run = [&] { kept = pass(network); };
  run();
  report(fmt::format("pair 1024 {} as a graph", name), graph_ms(device, run), "ms");
}

/// 28 Euler steps under guidance with renorm.
void time_run(const next_dit::NextDiT& network, std::string_view name, DType type,
              const Device& device) {
  const auto features = [&](uint64_t seed) {
    return pipeline::PromptFeatures{random_tensor({kCaption, 2560}, type, device, seed),
                                    random_tensor({1, 1024}, type, device, seed + 1)};
  };
  const pipeline::GuidedTransformer field(network, features(20), features(30));
  diffusion::SampleSettings settings{.schedule = diffusion::make_schedule("linear", 28, 6.0),
                                     .sampler = "euler",
                                     .options = {},
                                     .noise = {},
                                     .inpainting = {}};
  const auto velocity =
      diffusion::guide({{.scale = 4.5, .renorm = diffusion::Renorm::clamp, .max_ratio = 1}},
                       [&](const Tensor& x, const diffusion::FlowPoint& at,
                           const std::vector<int>& guided) { return field(x, at, guided); });
  const Tensor noise = random_tensor({1, 16, 128, 128}, DType::f32, device, 5);
  const double ms = median_ms(
      device, 3, [&] { diffusion::sample(noise, settings, velocity); }, 1);
  report(fmt::format("28 guided steps 1024 {}", name), ms / 1e3, "s");
}

void time_transformers(const Device& device, bool briefly) {
  struct Way {
    std::string_view name;
    DType type;
    nn::LinearStorage linear;
    bool all;
  };
  for (const Way& way : {Way{"bf16", DType::bf16, nn::LinearStorage::compute, true},
                         Way{"fp8", DType::bf16, nn::LinearStorage::f8, true},
                         Way{"f16", DType::f16, nn::LinearStorage::compute, false}}) {
    const auto network =
        build<next_dit::NextDiT>(transformer_config(), use_of(device, way.type, way.linear));
    const auto live = static_cast<double>(device.allocator().report().total.live);
    report(fmt::format("transformer {} weights", way.name), live / 1e6, "MB");
    time_passes(network, way.name, way.type, device, way.all && !briefly);
    if (way.all) time_run(network, way.name, way.type, device);
    device.allocator().trim();
  }
}

void time_encoders(const Device& device) {
  const auto use = use_of(device, DType::bf16, nn::LinearStorage::compute, ops::Residency::mapped);
  const std::vector<int32_t> ids(512, 7);
  const auto two = ops::Packing::of_lengths({kCaption, kCaption});
  const auto one = ops::Packing::of_lengths({kCaption});
  const auto time = [&](std::string_view name, const auto& network) {
    Tensor kept;
    report(fmt::format("{}, 256 tokens", name),
           median_ms(device, 9, [&] { kept = network(std::span(ids).first(kCaption), one); }),
           "ms");
    report(fmt::format("{}, 2 x 256 tokens", name),
           median_ms(device, 9, [&] { kept = network(ids, two); }), "ms");
  };
  time("Gemma", build<gemma3::Gemma3>(gemma_config(), use));
  device.allocator().trim();
  time("Jina CLIP", build<jina_clip::JinaClip>(jina_config(), use));
  device.allocator().trim();
}

void time_vae(const Device& device) {
  const auto use = use_of(device, DType::bf16);
  const auto vae = [&] {
    SyntheticWeights weights(DType::bf16, device);
    return flux_vae::FluxVae(flux_vae::Config{}, nn::WeightScope(weights, use),
                             {.encoder = true, .decoder = true});
  }();
  for (const int64_t side : {1024, 1536}) {
    const Tensor latent = random_tensor({1, 16, side / 8, side / 8}, DType::f32, device, 6);
    Tensor kept;
    const auto run = [&] { kept = vae.decode(latent); };
    report(fmt::format("VAE decode {}", side), median_ms(device, 7, run), "ms");
    report(fmt::format("VAE decode {} activations", side), peak_mb(device, run), "MB");
  }
  const Tensor picture = random_tensor({1, 3, 1024, 1024}, DType::f32, device, 7);
  report("VAE encode 1024", median_ms(device, 5, [&] { vae.encode(picture); }), "ms");
  device.allocator().trim();
}

}  // namespace

void time_steps(const Device& device) {
  time_vae(device);
  time_encoders(device);
  time_transformers(device, false);
}

void time_pairs(const Device& device) { time_transformers(device, true); }

}  // namespace newbie::bench
