/// How close do whole parts of the networks, at their real sizes, come to what the processor can
/// do? Weights are random; times do not depend on their values.

#include <fmt/format.h>

#include "measure.h"
#include "models/flux_vae/model.h"
#include "models/gemma3/model.h"
#include "models/jina_clip/model.h"
#include "models/next_dit/model.h"
#include "random_weights.h"

namespace newbie::bench {
namespace {

Tensor random(const Shape& shape, DType dtype, const Device& device) {
  return RandomWeights(dtype, device).take("input", shape);
}

/// A network of `Config` with random weights, kept alive by the workload.
template <class Network, class Config>
std::shared_ptr<Network> build(const Config& config, DType dtype, const Device& device) {
  RandomWeights weights(dtype, device);
  const nn::WeightUse use{device, dtype, ops::Residency::packed};
  return std::make_shared<Network>(config, nn::WeightScope(weights, use));
}

/// NewBie 3B CLIP; `layers` of its 36.
next_dit::Config dit_config(int64_t layers) {
  next_dit::Config config;
  config.dim = 2304;
  config.n_layers = layers;
  config.n_refiner_layers = 0;
  config.n_heads = 24;
  config.n_kv_heads = 8;
  config.axes_dims = {32, 32, 32};
  config.axes_lens = {1024, 512, 512};
  config.cap_feat_dim = 2560;
  config.clip_text_dim = 1024;
  return config;
}

/// Products and attention of `tokens` rows through one block.
double block_operations(const next_dit::Config& c, double tokens) {
  const double d = static_cast<double>(c.dim), f = static_cast<double>(c.ffn_dim());
  return tokens * (2 * (static_cast<double>(c.qkv_rows()) + d) * d + 6 * d * f) +
         4 * tokens * tokens * d;
}

void add_dit_block(int64_t side, DType dtype) {
  constexpr int64_t kCaption = 256;
  measure(fmt::format("dit_block/{}x{}/{}", side, side, name_of(dtype)), dtype,
          [=](const Device& device) {
            const auto config = dit_config(1);
            const auto network = build<next_dit::NextDiT>(config, dtype, device);
            const auto captions = ops::Packing::of_lengths({kCaption});
            const auto caption = std::make_shared<next_dit::RefinedCaption>(network->refine_caption(
                random({kCaption, config.cap_feat_dim}, dtype, device), captions));
            const Shape latent{16, side / 8, side / 8};
            const auto layout =
                std::make_shared<next_dit::Layout>(network->layout({latent}, captions));
            const auto latents =
                std::make_shared<std::vector<Tensor>>(1, random(latent, dtype, device));
            const Tensor pooled = random({1, 1024}, dtype, device);
            const auto run = [=] {
              const std::vector<float> t{0.5f};
              const std::vector<Tensor> no_bias;
              const next_dit::Input input{*latents, t, *caption, pooled, *layout, no_bias};
              keep((*network)(input)[0].raw());
            };
            return Workload{
                run, block_operations(config, static_cast<double>(kCaption + side * side / 256))};
          });
}

void add_gemma(int64_t tokens, DType dtype) {
  measure(
      fmt::format("gemma_layer/{}/{}", tokens, name_of(dtype)), dtype, [=](const Device& device) {
        gemma3::Config config;
        config.vocab_size = 1024;
        config.hidden_size = 2560;
        config.intermediate_size = 10240;
        config.num_hidden_layers = 2;  // the last one is never built
        config.num_attention_heads = 8;
        config.num_key_value_heads = 4;
        config.head_dim = 256;
        config.query_pre_attn_scalar = 256;
        config.is_global = {false, true};
        const auto network = build<gemma3::Gemma3>(config, dtype, device);
        const auto ids = std::make_shared<std::vector<int32_t>>(static_cast<size_t>(tokens), 7);
        const auto run = [=] { keep((*network)(*ids, ops::Packing::of_lengths({tokens})).raw()); };
        const double t = static_cast<double>(tokens);
        return Workload{run, 2 * t * 2560 * (2 * 2048 + 2 * 1024 + 3 * 10240) + 2 * t * t * 2048};
      });
}

void add_jina(int64_t tokens, DType dtype) {
  measure(
      fmt::format("jina_layer/{}/{}", tokens, name_of(dtype)), dtype, [=](const Device& device) {
        jina_clip::Config config;
        config.vocab_size = 1024;
        config.type_vocab_size = 1;
        config.hidden_size = 1024;
        config.num_hidden_layers = 1;
        config.num_attention_heads = 16;
        config.intermediate_size = 4096;
        const auto network = build<jina_clip::JinaClip>(config, dtype, device);
        const auto ids = std::make_shared<std::vector<int32_t>>(static_cast<size_t>(tokens), 7);
        const auto run = [=] { keep((*network)(*ids, ops::Packing::of_lengths({tokens})).raw()); };
        const double t = static_cast<double>(tokens);
        return Workload{run, 2 * t * 1024 * (4 * 1024 + 2 * 4096) + 4 * t * t * 1024};
      });
}

/// Products of one decode: 3x3 convolutions at every stage of the FLUX.1 decoder, and mid
/// attention.
double decode_operations(const flux_vae::Config& config, double pixels) {
  const auto conv = [](double at, double in, double out) { return 2 * 9 * at * in * out; };
  const std::vector<double> widths(config.block_out_channels.rbegin(),
                                   config.block_out_channels.rend());
  double at = pixels / 64;
  double sum = conv(at, 16, widths[0]) + 4 * conv(at, widths[0], widths[0]);
  sum += 8 * at * widths[0] * widths[0] + 4 * at * at * widths[0];
  for (size_t i = 0; i < widths.size(); ++i) {
    const double in = widths[i == 0 ? 0 : i - 1], out = widths[i];
    sum += conv(at, in, out) + 5 * conv(at, out, out) + (in != out ? 2 * at * in * out : 0);
    if (i + 1 < widths.size()) sum += conv(at *= 4, out, out);
  }
  return sum + conv(pixels, widths.back(), 3);
}

void add_vae_decode(int64_t side, DType dtype) {
  measure(fmt::format("vae_decode/{}x{}/{}", side, side, name_of(dtype)), dtype,
          [=](const Device& device) {
            const flux_vae::Config config;
            RandomWeights weights(dtype, device);
            const nn::WeightUse use{device, dtype, ops::Residency::packed};
            const auto network = std::make_shared<flux_vae::FluxVae>(
                config, nn::WeightScope(weights, use),
                flux_vae::Parts{.encoder = false, .decoder = true});
            const Tensor latent = random({1, 16, side / 8, side / 8}, DType::f32, device);
            const auto run = [=] { keep(network->decode(latent).raw()); };
            return Workload{run, decode_operations(config, static_cast<double>(side * side))};
          });
}

}  // namespace
}  // namespace newbie::bench

int main(int argc, char** argv) {
  using namespace newbie;
  benchmark::Initialize(&argc, argv);
  for (DType dtype : {DType::f32, DType::bf16}) {
    for (int64_t side : {512, 1024}) bench::add_dit_block(side, dtype);
    bench::add_gemma(256, dtype);
    bench::add_jina(256, dtype);
    bench::add_vae_decode(512, dtype);
  }
  benchmark::RunSpecifiedBenchmarks();
}
