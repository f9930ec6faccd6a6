#include "adapters/write.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "adapters/peft_config.h"
#include "adapters/scale.h"
#include "base/file.h"
#include "io/element_cast.h"
#include "io/safetensors_writer.h"
#include "ops/elementwise.h"

namespace newbie::adapters {
namespace {

namespace fs = std::filesystem;

const Device& host() {
  static const Device device = Device::cpu();
  return device;
}

using Named = std::map<std::string, Tensor>;

struct Spelling {
  Kind kind;
  Factor factor;
  std::string_view peft, others;
};

constexpr std::array kSpellings{
    Spelling{Kind::lora, Factor::down, "lora_A.weight", "lora_down.weight"},
    Spelling{Kind::lora, Factor::up, "lora_B.weight", "lora_up.weight"},
    Spelling{Kind::lora, Factor::magnitude, "lora_magnitude_vector", "dora_scale"},
    Spelling{Kind::lokr, Factor::w1, "lokr_w1", "lokr_w1"},
    Spelling{Kind::lokr, Factor::w1_a, "lokr_w1_a", "lokr_w1_a"},
    Spelling{Kind::lokr, Factor::w1_b, "lokr_w1_b", "lokr_w1_b"},
    Spelling{Kind::lokr, Factor::w2, "lokr_w2", "lokr_w2"},
    Spelling{Kind::lokr, Factor::w2_a, "lokr_w2_a", "lokr_w2_a"},
    Spelling{Kind::lokr, Factor::w2_b, "lokr_w2_b", "lokr_w2_b"},
    Spelling{Kind::lokr, Factor::magnitude, "", "dora_scale"},
    Spelling{Kind::loha, Factor::w1_a, "", "hada_w1_a"},
    Spelling{Kind::loha, Factor::w1_b, "", "hada_w1_b"},
    Spelling{Kind::loha, Factor::w2_a, "", "hada_w2_a"},
    Spelling{Kind::loha, Factor::w2_b, "", "hada_w2_b"},
    Spelling{Kind::loha, Factor::magnitude, "", "dora_scale"},
    Spelling{Kind::full, Factor::diff, "", "diff"},
    Spelling{Kind::full, Factor::magnitude, "", "dora_scale"},
};

/// What the other dialects call a factor; all of them share these names.
std::string_view other_name(Kind kind, Factor factor) {
  if (factor == Factor::bias) return "diff_b";
  for (const Spelling& spelling : kSpellings) {
    if (spelling.kind == kind && spelling.factor == factor) return spelling.others;
  }
  return "";
}

std::string flat(std::string path) {
  std::ranges::replace(path, '.', '_');
  return path;
}

/// "lora_te" of the encoders, in the words of each dialect.
std::string prefix_of(Dialect dialect, const std::string& network) {
  const bool gemma = network == "gemma3", clip = network == "jina_clip";
  switch (dialect) {
    case Dialect::peft:
      return "base_model.model.";
    case Dialect::comfyui:
      return gemma ? "text_encoder." : clip ? "text_encoder_2." : "diffusion_model.";
    case Dialect::kohya:
      return gemma ? "lora_te1_" : clip ? "lora_te2_" : "lora_unet_";
    case Dialect::lycoris:
      return gemma ? "lycoris_text_encoder_" : clip ? "lycoris_text_encoder_2_" : "lycoris_";
    case Dialect::diffusers:
      break;
  }
  return gemma ? "text_encoder." : clip ? "text_encoder_2." : "transformer.";
}

/// Factors with the names that everybody but PEFT uses, and alpha where there is a rank.
void add_module(Named& out, const Module& module, const std::string& stem) {
  for (size_t i = 0; i < kFactors; ++i) {
    const auto factor = static_cast<Factor>(i);
    if (!module.has(factor)) continue;
    const Tensor& tensor = module[factor];
    const bool by_row = factor == Factor::magnitude && tensor.rank() == 1;
    out[fmt::format("{}.{}", stem, other_name(module.kind, factor))] =
        by_row ? tensor.view({-1, 1}) : tensor;
  }
  // The scale, not what was called alpha: rank-stabilised ones divide by the root of the rank.
  if (module.rank > 0) {
    const auto alpha = static_cast<float>(module.scale * static_cast<double>(module.rank));
    out[stem + ".alpha"] = Tensor::from(std::vector<float>{alpha}, Shape{}, host());
  }
}

/// PEFT's own names; LoKr as upstream's trainer stores it beside the same config.
void add_peft(Named& out, const Module& module) {
  if (module.kind != Kind::lora) return add_module(out, module, "lycoris_" + flat(module.path));
  for (const Factor factor : {Factor::down, Factor::up, Factor::magnitude}) {
    if (!module.has(factor)) continue;
    const Tensor& tensor = module[factor];
    out[fmt::format("base_model.model.{}.{}", module.path, peft_name(module.kind, factor))] =
        factor == Factor::magnitude ? tensor.view({-1}) : tensor;
  }
}

/// diffusers' loaders know no alpha: it goes into lora_B. Rows that they split are split.
void add_diffusers(Named& out, const Module& module, const Targets& targets) {
  const Target* target = targets.find(module.network, module.path);
  check(target != nullptr, "write_adapter: a module that was matched has a target");
  const Tensor up = ops::affine(ops::cast(module[Factor::up], DType::f32),
                                static_cast<float>(module.scale), 0.0f);
  for (const io::PlacedTensor& part : targets.placed(*target, "diffusers")) {
    const std::string stem = prefix_of(Dialect::diffusers, module.network) + part.name;
    out[stem + ".lora_A.weight"] = module[Factor::down];
    out[stem + ".lora_B.weight"] =
        ops::cast(up.slice(part.row_begin, part.row_end), module[Factor::up].dtype());
  }
}

std::string cannot_say(Dialect dialect, const Module& module) {
  const bool transformer = module.network.empty() || module.network == "next_dit";
  const bool has_bias = module.has(Factor::bias);
  if (dialect == Dialect::peft) {
    if (!transformer) return "of a text encoder";
    if (has_bias) return "with a bias";
    if (module.kind == Kind::lokr) return module.has(Factor::magnitude) ? "LoKr with DoRA" : "";
    return module.kind == Kind::lora ? "" : fmt::format("{}", name_of(module.kind));
  }
  if (dialect == Dialect::diffusers) {
    if (module.kind != Kind::lora) return fmt::format("{}", name_of(module.kind));
    if (module.has(Factor::magnitude)) return "DoRA";
    return has_bias ? "with a bias" : "";
  }
  return "";
}

void require_representable(const Adapter& adapter, Dialect dialect) {
  std::vector<std::string> lost;
  std::set<Kind> kinds;
  for (const Module& module : adapter.modules) {
    kinds.insert(module.kind);
    const std::string what = cannot_say(dialect, module);
    if (!what.empty()) lost.push_back(fmt::format("{} ({})", module.path, what));
  }
  const std::string& name = dialect_names()[static_cast<size_t>(dialect)];
  if (!lost.empty()) {
    const size_t count = lost.size();
    if (count > 5) lost.resize(5);
    throw Error(
        "adapter.not_representable",
        fmt::format("{} has no words for {} of {} modules: {}{}", name, count,
                    adapter.modules.size(), fmt::join(lost, ", "), count > 5 ? ", ..." : ""))
        .hint("comfyui, kohya and lycoris can hold everything");
  }
  if (dialect == Dialect::peft && kinds.size() > 1) {
    throw Error("adapter.not_representable", "a PEFT folder holds LoRA or LoKr, not both")
        .hint("comfyui, kohya and lycoris can hold everything");
  }
}

Named names_of(const Adapter& adapter, const WriteOptions& options) {
  Named out;
  for (const Module& module : adapter.modules) {
    const std::string prefix = prefix_of(options.dialect, module.network);
    switch (options.dialect) {
      case Dialect::peft:
        add_peft(out, module);
        break;
      case Dialect::comfyui:
        add_module(out, module, prefix + module.path);
        break;
      case Dialect::kohya:
      case Dialect::lycoris:
        add_module(out, module, prefix + flat(module.path));
        break;
      case Dialect::diffusers:
        check(options.targets != nullptr, "write_adapter: diffusers' names need the model's");
        add_diffusers(out, module, *options.targets);
    }
  }
  return out;
}

/// Keys that tell alpha to readers of the file: those of the source would contradict ours.
std::map<std::string, std::string> metadata_of(const Adapter& adapter,
                                               const WriteOptions& options) {
  std::map<std::string, std::string> metadata = adapter.metadata;
  for (const char* key : {"lora_alpha", "lora_rank", "ss_network_alpha", "ss_network_dim",
                          "ss_network_module", "adapter_type", kFoldedAlphaKey, "format"}) {
    metadata.erase(key);
  }
  metadata["format"] = "pt";
  std::set<int64_t> ranks;
  std::set<double> alphas;
  for (const Module& module : adapter.modules) {
    if (module.rank == 0) continue;
    ranks.insert(module.rank);
    alphas.insert(module.scale * static_cast<double>(module.rank));
  }
  const bool uniform = ranks.size() == 1 && alphas.size() == 1;
  if (uniform && options.dialect == Dialect::peft) {
    metadata["lora_rank"] = fmt::format("{}", *ranks.begin());
    metadata["lora_alpha"] = fmt::format("{}", *alphas.begin());
  }
  if (options.dialect == Dialect::diffusers) metadata[kFoldedAlphaKey] = kFoldedAlpha;
  if (options.dialect == Dialect::kohya) {
    metadata["ss_network_module"] = "networks.lora";
    if (uniform) {
      metadata["ss_network_dim"] = fmt::format("{}", *ranks.begin());
      metadata["ss_network_alpha"] = fmt::format("{}", *alphas.begin());
    }
  }
  const bool lokr =
      std::ranges::any_of(adapter.modules, [](const Module& m) { return m.kind == Kind::lokr; });
  if (lokr && options.dialect == Dialect::peft) metadata["adapter_type"] = "lyco_lokr";
  for (const auto& [key, value] : options.metadata) metadata[key] = value;
  return metadata;
}

void write_tensors(const fs::path& file, const Named& tensors,
                   const std::map<std::string, std::string>& metadata, std::optional<DType> dtype) {
  std::vector<io::TensorHeader> headers;
  for (const auto& [name, tensor] : tensors) {
    // Alpha is exact in f32 and costs nothing.
    const DType type = tensor.rank() == 0 ? DType::f32 : dtype.value_or(tensor.dtype());
    headers.push_back({name, type, tensor.shape()});
  }
  io::SafetensorsWriter writer(file, std::move(headers), metadata);
  for (const io::TensorHeader& header : writer.tensors()) {
    const Tensor& tensor = tensors.at(header.name);
    std::vector<std::byte> bytes(header.bytes());
    io::cast_elements(tensor.dtype(), {tensor.raw(), tensor.bytes()}, header.dtype, bytes, 1);
    writer.append(bytes);
  }
  writer.commit();
}

}  // namespace

const std::vector<std::string>& dialect_names() {
  static const std::vector<std::string> kNames{"peft", "comfyui", "kohya", "lycoris", "diffusers"};
  return kNames;
}

Dialect dialect_from_name(std::string_view name) {
  const auto found = std::ranges::find(dialect_names(), name);
  if (found != dialect_names().end()) {
    return static_cast<Dialect>(found - dialect_names().begin());
  }
  throw Error("request.field", fmt::format("dialect is \"{}\", expected {}", name,
                                           fmt::join(dialect_names(), ", ")));
}

std::string_view peft_name(Kind kind, Factor factor) {
  for (const Spelling& spelling : kSpellings) {
    if (spelling.kind == kind && spelling.factor == factor) return spelling.peft;
  }
  return "";
}

std::vector<fs::path> write_adapter(const Adapter& adapter, const fs::path& to,
                                    const WriteOptions& options) {
  require_representable(adapter, options.dialect);
  const Named tensors = names_of(adapter, options);
  const auto metadata = metadata_of(adapter, options);
  const bool folder = options.dialect == Dialect::peft;
  const fs::path parent = folder ? to : to.parent_path();
  std::error_code failure;
  if (!parent.empty()) fs::create_directories(parent, failure);
  if (failure) {
    throw Error("file.unwritable",
                fmt::format("{} cannot be made: {}", parent.string(), failure.message()));
  }
  if (!folder) {
    write_tensors(to, tensors, metadata, options.dtype);
    return {to};
  }
  // The config first: weights without it would be read at another strength.
  write_file(to / "adapter_config.json", peft_config(adapter));
  write_tensors(to / "adapter_model.safetensors", tensors, metadata, options.dtype);
  return {to / "adapter_config.json", to / "adapter_model.safetensors"};
}

}  // namespace newbie::adapters
