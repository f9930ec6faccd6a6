#include "train/model/write_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/file.h"
#include "io/element_cast.h"
#include "model_tools/layout.h"
#include "model_tools/part_writer.h"
#include "ops/elementwise.h"
#include "ops/transfer.h"
#include "train/model/fresh.h"

namespace newbie::train {
namespace {

namespace fs = std::filesystem;
using model_tools::Part;

Part part_named(std::string_view name) {
  for (const Part part : model_tools::kParts) {
    if (model_tools::name_of(part) == name) return part;
  }
  throw Error("recipe.value", fmt::format("there is no part \"{}\"", name));
}

const fs::path& path_of(const ModelFolder& model, Part part) {
  switch (part) {
    case Part::transformer:
      return model.transformer;
    case Part::text_encoder:
      return model.text_encoder;
    case Part::clip_model:
      return model.clip_model;
    case Part::vae:
      break;
  }
  return model.vae;
}

bool holds_weights(const fs::path& file) {
  const std::string name = file.filename().string();
  return name.ends_with(".safetensors") || name.ends_with(".bin") || name.ends_with(".pth") ||
         name.ends_with(".safetensors.index.json");
}

/// A second name for large files where that is possible: a link costs nothing and stays right,
/// since weights are written by renaming and never changed in place.
void link_or_copy(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  fs::remove(to, failed);
  if (holds_weights(from)) {
    fs::create_hard_link(fs::canonical(from), to, failed);
    if (!failed) return;
  }
  fs::copy_file(from, to, fs::copy_options::overwrite_existing, failed);
  if (!failed) return;
  throw Error("file.unwritable",
              fmt::format("{} cannot be written: {}", to.string(), failed.message()));
}

void copy_folder(const fs::path& from, const fs::path& to, bool weights) {
  std::error_code ignored;
  fs::create_directories(to, ignored);
  for (const auto& entry : fs::directory_iterator(from)) {
    const fs::path target = to / entry.path().filename();
    if (entry.is_directory()) {
      copy_folder(entry.path(), target, weights);
    } else if (weights || !holds_weights(entry.path())) {
      link_or_copy(entry.path(), target);
    }
  }
}

/// A part whose tensors are asked for one by one.
class PartValues {
 public:
  PartValues(std::string part, const fs::path& path, const std::vector<Parameter>& parameters,
             const model_tools::PartDescription& description, uint64_t seed)
      : part_(std::move(part)), network_(description.network), seed_(seed) {
    for (const Parameter& parameter : parameters) values_[parameter.name()] = &parameter;
    try {
      stored_ = model_tools::open_part(description.part, path).weights;
    } catch (const Error&) {
      // A part that started fresh has no weights to fall back on.
    }
  }

  Tensor value(const io::TensorSpec& spec) const {
    const auto found = values_.find(part_ + "." + spec.name);
    if (found != values_.end()) return ops::to_host(found->second->exact());
    if (stored_ && stored_->has(spec.name)) {
      return ops::cast(stored_->tensor(spec.name, Device::cpu()), DType::f32);
    }
    return starting_value(network_, spec.name, spec.shape, seed_);
  }

 private:
  std::string part_, network_;
  uint64_t seed_;
  std::unordered_map<std::string, const Parameter*> values_;
  std::shared_ptr<const io::WeightSet> stored_;
};

/// Where a part goes. Configs of the text tower of Jina CLIP alone go with names of the tower
/// alone.
model_tools::PartPlace place_of(Part part, const io::Config& config, DType dtype) {
  auto place = model_tools::place_of(part, model_tools::Layout::diffusers, "", name_of(dtype));
  if (part == Part::clip_model && config.find_string("model_type") == "jina_clip_text") {
    place.prefix = "model.";
  }
  return place;
}

void write_weights(const fs::path& folder, const model_tools::PartDescription& description,
                   const model_tools::PartPlace& place, const PartValues& values, DType dtype) {
  model_tools::PartContents contents;
  for (const io::TensorSpec& spec : description.expected) contents.tensors.push_back({spec, dtype});
  const auto table = std::find_if(description.layouts.begin(), description.layouts.end(),
                                  [&](const auto& names) { return names.layout == place.names; });
  check(table != description.layouts.end(), "write_model: a layout without a names table");
  contents.names = &*table;
  contents.prefix = place.prefix;
  contents.produce = [&](const model_tools::SourceTensor& source, int64_t begin, int64_t end,
                         const model_tools::Sink& sink) {
    const Tensor exact = values.value(source.spec);
    const Tensor typed = ops::cast(exact, source.dtype);
    const size_t row = typed.rank() == 0 || typed.dim(0) == 0
                           ? typed.bytes()
                           : typed.bytes() / static_cast<size_t>(typed.dim(0));
    sink({typed.raw() + static_cast<size_t>(begin) * row,
          typed.rank() == 0 ? row : static_cast<size_t>(end - begin) * row});
  };
  model_tools::write_part(folder / place.weights, contents, model_tools::name_of(description.part),
                          {});
}

}  // namespace

void write_model(const fs::path& folder, const ModelFolder& from,
                 const std::vector<std::string>& trained, const std::vector<Parameter>& parameters,
                 DType dtype, uint64_t seed, const std::map<std::string, std::string>& configs) {
  if (from.layout != "diffusers") {
    throw Error("train.layout",
                fmt::format("{} is in the layout of ComfyUI, and whole networks are written in "
                            "folders",
                            from.root.string()))
        .hint("`newbie model convert MODEL OUT --layout diffusers`");
  }
  const auto is_trained = [&](const std::string& name) {
    return std::find(trained.begin(), trained.end(), name) != trained.end();
  };
  std::error_code ignored;
  fs::create_directories(folder, ignored);
  for (const auto& entry : fs::directory_iterator(from.root)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with('.')) continue;
    if (entry.is_directory()) {
      copy_folder(name == "vae" ? from.vae : entry.path(), folder / name, !is_trained(name));
    } else if (!holds_weights(entry.path())) {
      link_or_copy(entry.path(), folder / name);
    }
  }
  if (!from.vae.empty() && !is_trained("vae") && !fs::exists(folder / "vae", ignored)) {
    copy_folder(from.vae, folder / "vae", true);
  }
  for (const std::string& name : trained) {
    const Part part = part_named(name);
    const fs::path& source = path_of(from, part);
    const auto config = configs.find(name);
    const std::string text = config != configs.end()
                                 ? config->second
                                 : read_file(source / "config.json", uint64_t{1} << 20);
    const auto parsed = io::Config::parse(text, "config.json");
    const auto description = model_tools::describe(part, parsed);
    if (config != configs.end()) write_file(folder / name / "config.json", text);
    write_weights(folder, description, place_of(part, parsed, dtype),
                  {name, source, parameters, description, seed}, dtype);
  }
}

}  // namespace newbie::train
