#include "model_tools/parts.h"

#include <fmt/format.h>

#include "io/weight_files.h"
#include "model_tools/config_text.h"
#include "models/flux_vae/names.h"
#include "models/gemma3/names.h"
#include "models/jina_clip/names.h"
#include "models/model_folder.h"
#include "models/next_dit/names.h"

namespace newbie::model_tools {
namespace {

namespace fs = std::filesystem;
using Sizes = std::vector<std::pair<std::string, std::string>>;

Sizes sizes_of(const next_dit::Config& c) {
  return {{"width", fmt::format("{}", c.dim)},
          {"layers", fmt::format("{} + 2 x {} refiner", c.n_layers, c.n_refiner_layers)},
          {"heads", fmt::format("{} of {} ({} kv)", c.n_heads, c.head_dim(), c.n_kv_heads)},
          {"caption", fmt::format("{}", c.cap_feat_dim)},
          {"pooled text", c.has_pooled_text() ? fmt::format("{}", c.clip_text_dim) : "none"}};
}

Sizes sizes_of(const gemma3::Config& c) {
  return {{"width", fmt::format("{}", c.hidden_size)},
          {"layers", fmt::format("{}", c.num_hidden_layers)},
          {"heads", fmt::format("{} of {} ({} kv)", c.num_attention_heads, c.head_dim,
                                c.num_key_value_heads)},
          {"vocabulary", fmt::format("{}", c.vocab_size)}};
}

Sizes sizes_of(const jina_clip::Config& c) {
  return {{"width", fmt::format("{}", c.hidden_size)},
          {"layers", fmt::format("{}", c.num_hidden_layers)},
          {"heads", fmt::format("{} of {}", c.num_attention_heads, c.head_dim())},
          {"vocabulary", fmt::format("{}", c.vocab_size)}};
}

Sizes sizes_of(const flux_vae::Config& c) {
  return {{"channels", fmt::format("{}", fmt::join(c.block_out_channels, ", "))},
          {"latent", fmt::format("{} channels, 1/{} size", c.latent_channels, c.downscale())}};
}

/// The functions that every network's folder offers.
template <class Config>
struct Network {
  Part part;
  const char* name;
  Config (*read_config)(const io::Config&);
  Config (*complete_config)(Config, const io::WeightSet&);
  Config (*config_from_weights)(const io::WeightSet&);
  void (*validate)(const Config&);
  std::vector<io::TensorSpec> (*expected_tensors)(const Config&);
  std::vector<io::NamesTable> (*layouts)(const Config&);
  io::WeightSetOptions (*options)(const Config&);

  PartDescription describe(const Config& config) const {
    return {part,
            name,
            expected_tensors(config),
            layouts(config),
            config_text(config),
            native_config_text(config),
            sizes_of(config)};
  }

  OpenedPart open(const fs::path& path) const {
    OpenedPart opened;
    opened.path = path;
    const fs::path folder = fs::is_directory(path) ? path : path.parent_path();
    std::error_code failure;
    if (fs::exists(folder / "config.json", failure)) {
      opened.json = io::Config::open(folder / "config.json");
    }
    const Config stated = opened.json ? read_config(*opened.json) : Config();
    opened.weights = io::WeightSet::open(path, options(stated));
    const Config config = opened.json ? complete_config(stated, *opened.weights)
                                      : config_from_weights(*opened.weights);
    opened.description = describe(config);
    return opened;
  }

  PartDescription describe_json(const io::Config& json) const {
    const Config config = read_config(json);
    validate(config);
    return describe(config);
  }
};

template <class Visit>
auto with_network(Part part, const Visit& visit) {
  switch (part) {
    case Part::transformer: {
      using namespace next_dit;
      return visit(Network<Config>{part, "next_dit", read_config, complete_config,
                                   config_from_weights, validate, expected_tensors, layouts,
                                   weight_set_options});
    }
    case Part::text_encoder: {
      using namespace gemma3;
      return visit(Network<Config>{part, "gemma3", read_config, complete_config,
                                   config_from_weights, validate, expected_tensors, layouts,
                                   weight_set_options});
    }
    case Part::clip_model: {
      using namespace jina_clip;
      return visit(Network<Config>{part, "jina_clip", read_config, complete_config,
                                   config_from_weights, validate, expected_tensors, layouts,
                                   weight_set_options});
    }
    case Part::vae:
      break;
  }
  using namespace flux_vae;
  return visit(Network<Config>{Part::vae, "flux_vae", read_config, complete_config,
                               config_from_weights, validate, expected_tensors, layouts,
                               weight_set_options});
}

std::string layout_letter(const ModelFolder& folder, const std::vector<OpenedPart>& parts) {
  if (folder.layout == "comfyui") return "B";
  for (const OpenedPart& part : parts) {
    const bool transformer = part.description.part == Part::transformer;
    if (transformer && part.weights->layout() == "diffusers") return "A2";
  }
  return "A";
}

std::string layout_letter(const OpenedPart& part) {
  const fs::path file = io::find_weight_files(part.path).front().filename();
  if (file.string().starts_with("consolidated")) return "C";
  if (part.weights->layout() == "diffusers" && part.description.part == Part::transformer) {
    return "A2";
  }
  return part.json ? "A" : "B";
}

}  // namespace

std::string_view name_of(Part part) {
  static constexpr std::array<std::string_view, 4> kNames{"transformer", "text_encoder",
                                                          "clip_model", "vae"};
  return kNames[static_cast<size_t>(part)];
}

OpenedPart open_part(Part part, const fs::path& path) {
  return with_network(part, [&](const auto& network) { return network.open(path); });
}

PartDescription describe(Part part, const io::Config& config) {
  return with_network(part, [&](const auto& network) { return network.describe_json(config); });
}

OpenedPart recognise_part(const fs::path& path) {
  for (const Part part : kParts) {
    const bool fits = with_network(part, [&](const auto& network) {
      try {
        io::WeightSet::open(path, network.options({}));
        return true;
      } catch (const Error& error) {
        if (error.code() != "weights.unknown_layout") throw;
        return false;
      }
    });
    if (fits) return open_part(part, path);
  }
  throw Error("weights.unknown_layout",
              fmt::format("{} holds none of the networks next_dit, gemma3, jina_clip, flux_vae",
                          path.string()))
      .hint("is this an adapter, or another model?");
}

OpenedModel open_model(const fs::path& path) {
  std::error_code failure;
  if (!fs::exists(path, failure)) {
    throw Error("file.missing", fmt::format("{} does not exist", path.string()));
  }
  const bool whole = fs::is_directory(path / "transformer", failure) ||
                     fs::is_directory(path / "diffusion_models", failure);
  OpenedModel model;
  model.root = path;
  if (!whole) {
    model.parts.push_back(recognise_part(path));
    model.layout = layout_letter(model.parts.front());
    return model;
  }
  const ModelFolder folder = find_model(path);
  const std::array<const fs::path*, 4> paths{&folder.transformer, &folder.text_encoder,
                                             &folder.clip_model, &folder.vae};
  for (const Part part : kParts) {
    const fs::path& at = *paths[static_cast<size_t>(part)];
    if (at.empty()) continue;
    try {
      model.parts.push_back(open_part(part, at));
    } catch (Error& error) {
      model.unreadable.emplace_back(part, error.where(fmt::format("opening {}", at.string())));
    }
  }
  model.layout = layout_letter(folder, model.parts);
  return model;
}

}  // namespace newbie::model_tools
