#include "train/model/networks.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/parallel.h"
#include "io/config.h"
#include "models/flux_vae/names.h"
#include "models/next_dit/names.h"
#include "tensor/device_list.h"
#include "tensor/gradient.h"
#include "tensor/keep_memory.h"
#include "train/data/random.h"
#include "train/model/fresh.h"
#include "train/model/learned_part.h"
#include "train/objective/times.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;

bool holds(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

bool nvidia_usable() {
  const DeviceList list = list_devices();
  return std::any_of(list.devices.begin(), list.devices.end(),
                     [](const DeviceDescription& found) { return found.usable(); });
}

/// A part without weights: its config must say everything.
template <class Config>
Config fresh_config(const fs::path& part, Config (*read)(const io::Config&),
                    void (*validate)(const Config&)) {
  return with_where(part.string(), [&] {
    Config config = read(io::Config::open(part / "config.json"));
    validate(config);
    return config;
  });
}

/// Parameters that start at what the weights hold.
pipeline::Wrap learning(std::string part, std::vector<Parameter>& parameters) {
  return [part = std::move(part), &parameters](nn::WeightProvider& checked,
                                               std::string_view network, const nn::WeightUse& use) {
    return std::make_unique<LearnedPart>(
        part, std::string(network), use,
        [&checked](const std::string& path, const Shape& shape) {
          return checked.take(path, shape);
        },
        parameters);
  };
}

/// Parameters that start at random.
LearnedPart starting(std::string part, std::string network, const nn::WeightUse& use, uint64_t seed,
                     std::vector<Parameter>& parameters) {
  const auto start = [network, seed, threads = use.device.threads(), plans = use.device.plans()](
                         const std::string& path, const Shape& shape) {
    // Where nothing is computed nobody reads the values, and billions take minutes to draw.
    if (plans) return Tensor::empty(shape, DType::f32, Device::planning(DeviceKind::cpu, threads));
    return starting_value(network, path, shape, seed);
  };
  return {std::move(part), network, use, start, parameters};
}

}  // namespace

Device device_of(const RunSection& run) {
  const bool on_cuda = run.device == "cuda" || (run.device != "cpu" && nvidia_usable());
  const Device device = on_cuda ? Device::cuda(0) : Device::cpu(static_cast<int>(run.threads));
  // Hardly two batches have as many rows.
  keep_freed_memory(device);
  return device;
}

Device planned_device_of(const RunSection& run) {
  const bool absent = run.device == "cuda" && !nvidia_usable();
  const bool known = Device::built_for(DeviceKind::cuda);
  return absent && known ? Device::planning(DeviceKind::cuda) : device_of(run);
}

DType compute_of(const RunSection& run, const Device& device) {
  if (run.dtype != "auto") return *dtype_from_name(run.dtype);
  return device.kind() == DeviceKind::cuda ? DType::bf16 : DType::f32;
}

int readers_of(const RunSection& run, const Device& device) {
  if (run.readers > 0) return static_cast<int>(run.readers);
  return device.kind() == DeviceKind::cuda ? std::max(1, hardware_threads() - 1) : 1;
}

ModelFolder folder_of(const ModelSection& model) {
  std::error_code ignored;
  ModelFolder folder;
  if (fs::is_directory(fs::path(model.path) / "vae", ignored) &&
      !fs::is_directory(fs::path(model.path) / "transformer", ignored)) {
    folder.root = model.path;  // a folder for a VAE alone
    folder.layout = "diffusers";
    folder.vae = folder.root / "vae";
  } else {
    folder = find_model(model.path);
  }
  if (!model.vae.empty()) folder.vae = model.vae;
  return folder;
}

TrainNetworks::TrainNetworks(const Recipe& of, const Device& on)
    : recipe(of), device(on), compute(compute_of(of.run, on)), folder(folder_of(of.model)) {
  if (recipe.kind == Kind::vae) return;
  gemma_tokenizer = load_gemma_tokenizer(folder);
  if (!folder.clip_model.empty()) clip_tokenizer = load_xlmr_tokenizer(folder);
}

bool TrainNetworks::learns(std::string_view part) const {
  if (recipe.kind == Kind::vae) return part == "vae";
  return recipe.kind == Kind::full && holds(recipe.model.train, part);
}

bool TrainNetworks::fresh(std::string_view part) const { return holds(recipe.model.fresh, part); }

nn::WeightUse TrainNetworks::use(std::string_view part) const {
  nn::WeightUse how{.device = device, .compute = compute};
  how.live = learns(part);
  // Gradients pass through frozen products, which must keep their weights as they are.
  how.residency = ops::Residency::mapped;
  // Latents of files are kept for other runs, exact; those of drawn pictures are made by the way.
  if (part == "vae" && !how.live && recipe.data.front().kind != "world") how.compute = DType::f32;
  return how;
}

void TrainNetworks::load_text_towers() {
  const auto seed = static_cast<uint64_t>(recipe.run.seed);
  const MemoryScope memory(device, Component::encoder, MemoryUse::weights);
  const nn::WeightUse text_use = use("text_encoder"), clip_use = use("clip_model");
  if (fresh("text_encoder")) {
    const auto config = fresh_config(folder.text_encoder, gemma3::read_config, gemma3::validate);
    LearnedPart part = starting("text_encoder", "gemma3", text_use, seed, parameters);
    text_encoder.emplace(config, nn::WeightScope(part, text_use));
  } else {
    text_encoder.emplace(pipeline::load_text_encoder(
        folder, text_use, {},
        learns("text_encoder") ? learning("text_encoder", parameters) : pipeline::Wrap()));
  }
  if (folder.clip_model.empty()) return;
  if (fresh("clip_model")) {
    const auto config =
        fresh_config(folder.clip_model, jina_clip::read_config, jina_clip::validate);
    LearnedPart part = starting("clip_model", "jina_clip", clip_use, seed, parameters);
    clip_model.emplace(config, nn::WeightScope(part, clip_use));
  } else {
    clip_model.emplace(pipeline::load_clip_model(
        folder, clip_use, {},
        learns("clip_model") ? learning("clip_model", parameters) : pipeline::Wrap()));
  }
}

void TrainNetworks::make_adapter() {
  const auto config = pipeline::transformer_config(folder);
  adapters::Targets targets;
  targets.add("next_dit", next_dit::expected_tensors(config), next_dit::layouts(config));
  const AdapterSection& section = recipe.adapter;
  const adapters::NewAdapter about{
      .kind = section.kind == "lokr" ? adapters::Kind::lokr : adapters::Kind::lora,
      .rank = section.rank,
      .alpha = section.alpha,
      .factor = section.factor,
      .seed = static_cast<uint64_t>(recipe.run.seed)};
  const MemoryScope memory(device, Component::dit, MemoryUse::weights);
  adapter.emplace(
      adapters::make_modules(adapters::resolve_targets(targets, "next_dit", section.targets), about,
                             device),
      adapters::Dropout{.share = static_cast<float>(section.dropout),
                        .least = static_cast<float>(normal_quantile(section.dropout)),
                        .seed = about.seed,
                        .stream = static_cast<uint32_t>(Purpose::adapter_drop)});
  for (const grad::Parameter& learned : adapter->parameters()) {
    parameters.emplace_back(learned, Role::other);
  }
}

void TrainNetworks::load_transformer() {
  const MemoryScope memory(device, Component::dit, MemoryUse::weights);
  const nn::WeightUse how = use("transformer");
  if (fresh("transformer")) {
    const auto config = fresh_config(folder.transformer, next_dit::read_config, next_dit::validate);
    LearnedPart part = starting("transformer", "next_dit", how,
                                static_cast<uint64_t>(recipe.run.seed), parameters);
    transformer.emplace(config, nn::WeightScope(part, how));
    return;
  }
  pipeline::Wrap wrap;
  if (learns("transformer")) wrap = learning("transformer", parameters);
  if (recipe.kind == Kind::lora) {
    make_adapter();
    wrap = [this](nn::WeightProvider& checked, std::string_view network, const nn::WeightUse&) {
      return adapter->wrap(checked, network);
    };
  }
  transformer.emplace(pipeline::load_transformer(folder, how, {}, wrap));
}

void TrainNetworks::load_vae(flux_vae::Parts parts) {
  const nn::WeightUse how = use("vae");
  vae_parts_ = parts;
  if (!learns("vae")) {
    vae.emplace(pipeline::load_vae(folder, how, parts));
    vae_config_ = vae->config();
    return;
  }
  const auto seed = static_cast<uint64_t>(recipe.run.seed);
  if (fresh("vae")) {
    vae_config_ = fresh_config(folder.vae, flux_vae::read_config, flux_vae::validate);
    vae_parameters_ =
        std::make_unique<LearnedPart>(starting("vae", "flux_vae", how, seed, parameters));
  } else {
    const auto frozen = std::make_shared<flux_vae::FluxVae>(pipeline::load_vae(folder, how, parts));
    vae_config_ = frozen->config();
    const auto weights = io::WeightSet::open(folder.vae, flux_vae::weight_set_options(vae_config_));
    vae_parameters_ = std::make_unique<LearnedPart>(
        "vae", "flux_vae", how,
        [weights](const std::string& path, const Shape&) {
          return weights->tensor(path, Device::cpu());
        },
        parameters);
  }
  rebuild_vae();
}

void TrainNetworks::rebuild_vae() {
  if (!vae_parameters_) return;
  const nn::WeightUse how = use("vae");
  const MemoryScope memory(device, Component::vae, MemoryUse::weights);
  vae.emplace(vae_config_, nn::WeightScope(*vae_parameters_, how), vae_parts_);
}

}  // namespace newbie::train
