#include "pipeline/networks.h"

#include <fmt/format.h>

#include "io/config.h"
#include "models/flux_vae/names.h"
#include "models/gemma3/names.h"
#include "models/jina_clip/names.h"
#include "models/next_dit/names.h"

namespace newbie::pipeline {
namespace {

namespace fs = std::filesystem;

/// Config and weights of one part; the config comes from the file beside the weights, or from the
/// shapes where a single file has none.
template <class Config>
struct Opened {
  Config config;
  std::shared_ptr<const io::WeightSet> weights;
};

/// The functions that every network's config.h and names.h offer.
template <class Config>
struct Functions {
  Config (*read)(const io::Config&);
  Config (*complete)(Config, const io::WeightSet&);
  Config (*from_weights)(const io::WeightSet&);
  io::WeightSetOptions (*options)(const Config&);
};

template <class Config>
Opened<Config> open(const fs::path& path, std::string_view part, const Functions<Config>& with) {
  if (path.empty()) {
    throw Error("model.missing_part", fmt::format("the model has no {}", part))
        .hint("`newbie model info PATH` lists the parts that were found");
  }
  return with_where(fmt::format("{}, loading the {}", path.string(), part),
                    [&]() -> Opened<Config> {
                      const fs::path json = path / "config.json";
                      std::error_code ignored;
                      if (!fs::exists(json, ignored)) {
                        auto weights = io::WeightSet::open(path, with.options({}));
                        return {with.from_weights(*weights), weights};
                      }
                      Config config = with.read(io::Config::open(json));
                      auto weights = io::WeightSet::open(path, with.options(config));
                      return {with.complete(std::move(config), *weights), weights};
                    });
}

Opened<gemma3::Config> open_text_encoder(const fs::path& path) {
  using namespace gemma3;
  return open<Config>(path, "text encoder",
                      {read_config, complete_config, config_from_weights, weight_set_options});
}
Opened<jina_clip::Config> open_clip_model(const fs::path& path) {
  using namespace jina_clip;
  return open<Config>(path, "CLIP model",
                      {read_config, complete_config, config_from_weights, weight_set_options});
}
Opened<next_dit::Config> open_transformer(const fs::path& path) {
  using namespace next_dit;
  return open<Config>(path, "transformer",
                      {read_config, complete_config, config_from_weights, weight_set_options});
}
Opened<flux_vae::Config> open_vae(const fs::path& path) {
  using namespace flux_vae;
  return open<Config>(path, "VAE",
                      {read_config, complete_config, config_from_weights, weight_set_options});
}

/// Checks, then builds with `make(scope)`.
template <class Config, class Make>
auto build(const Opened<Config>& opened, const std::vector<io::TensorSpec>& expected,
           const nn::WeightUse& use, Component component, const LoadProgress& progress,
           const Wrap& wrap, const Make& make) {
  return with_where(opened.weights->source().string(), [&] {
    const MemoryScope memory(use.device, component, MemoryUse::weights);
    CheckedWeights weights(opened.weights, expected, use.device, progress);
    const auto wrapped = wrap ? wrap(weights, opened.weights->network(), use) : nullptr;
    return make(nn::WeightScope(wrapped ? *wrapped : weights, use));
  });
}

}  // namespace

gemma3::Gemma3 load_text_encoder(const ModelFolder& model, const nn::WeightUse& use,
                                 const LoadProgress& progress, const Wrap& wrap) {
  const auto opened = open_text_encoder(model.text_encoder);
  return build(opened, gemma3::expected_tensors(opened.config), use, Component::encoder, progress,
               wrap,
               [&](const nn::WeightScope& scope) { return gemma3::Gemma3(opened.config, scope); });
}

jina_clip::JinaClip load_clip_model(const ModelFolder& model, const nn::WeightUse& use,
                                    const LoadProgress& progress, const Wrap& wrap) {
  const auto opened = open_clip_model(model.clip_model);
  return build(
      opened, jina_clip::expected_tensors(opened.config), use, Component::encoder, progress, wrap,
      [&](const nn::WeightScope& scope) { return jina_clip::JinaClip(opened.config, scope); });
}

next_dit::NextDiT load_transformer(const ModelFolder& model, const nn::WeightUse& use,
                                   const LoadProgress& progress, const Wrap& wrap) {
  const auto opened = open_transformer(model.transformer);
  return build(
      opened, next_dit::expected_tensors(opened.config), use, Component::dit, progress, wrap,
      [&](const nn::WeightScope& scope) { return next_dit::NextDiT(opened.config, scope); });
}

flux_vae::FluxVae load_vae(const ModelFolder& model, const nn::WeightUse& use,
                           flux_vae::Parts parts, const LoadProgress& progress, const Wrap& wrap) {
  const auto opened = open_vae(model.vae);
  return build(
      opened, flux_vae::expected_tensors(opened.config), use, Component::vae, progress, wrap,
      [&](const nn::WeightScope& scope) { return flux_vae::FluxVae(opened.config, scope, parts); });
}

std::vector<NetworkNames> adaptable_networks(const ModelFolder& model) {
  std::vector<NetworkNames> networks;
  const auto add = [&](const auto& opened, const auto& expected, const auto& layouts) {
    networks.push_back(
        {opened.weights->network(), expected(opened.config), layouts(opened.config)});
  };
  add(open_transformer(model.transformer), next_dit::expected_tensors, next_dit::layouts);
  if (!model.text_encoder.empty()) {
    add(open_text_encoder(model.text_encoder), gemma3::expected_tensors, gemma3::layouts);
  }
  if (!model.clip_model.empty()) {
    add(open_clip_model(model.clip_model), jina_clip::expected_tensors, jina_clip::layouts);
  }
  return networks;
}

next_dit::Config transformer_config(const ModelFolder& model) {
  return open_transformer(model.transformer).config;
}

flux_vae::Config vae_config(const ModelFolder& model) { return open_vae(model.vae).config; }

}  // namespace newbie::pipeline
