#include "model_tools/info.h"

#include <algorithm>

#include "model_tools/side_files.h"
#include "model_tools/verify.h"
#include "models/config_check.h"

namespace newbie::model_tools {
namespace {

namespace fs = std::filesystem;

std::string layout_title(const std::string& letter) {
  if (letter == "A") return "folders, upstream's tensor names";
  if (letter == "A2") return "folders, diffusers' tensor names";
  if (letter == "B") return "single files (ComfyUI)";
  return "training weights";
}

void count_parameters(const io::WeightSet& weights, PartInfo& info) {
  std::map<std::string, uint64_t> by_type;
  for (const std::string& name : weights.names()) {
    const io::TensorInfo tensor = *weights.find(name);
    const auto count = static_cast<uint64_t>(tensor.shape.numel());
    by_type[std::string(name_of(tensor.dtype))] += count;
    info.parameters += count;
    ++info.tensors;
  }
  info.dtypes.assign(by_type.begin(), by_type.end());
  std::ranges::stable_sort(info.dtypes, std::ranges::greater(),
                           [](const auto& d) { return d.second; });
}

std::string below(const fs::path& root, const fs::path& file) {
  const fs::path relative = file.lexically_relative(root);
  const bool inside = !relative.empty() && *relative.begin() != ".." && relative != ".";
  return (inside ? relative : file.filename()).generic_string();
}

PartInfo inspect(const OpenedModel& model, const OpenedPart& part, Hashes hashes,
                 const Progress& progress) {
  PartInfo info;
  info.part = name_of(part.description.part);
  info.network = part.description.network;
  count_parameters(*part.weights, info);
  info.names = part.weights->layout();
  info.prefix = part.weights->prefix();
  info.ignored = part.weights->ignored().size();
  info.sizes = part.description.sizes;
  info.metadata = part.weights->metadata();
  info.metadata.erase(kEmbeddedConfigKey);
  if (part.json) info.config = part.json->text();
  for (const io::SafetensorsFile& file : part.weights->files()) {
    FileInfo entry{below(model.root, file.path()), file.file_bytes(), {}};
    if (hashes == Hashes::sha256) {
      uint64_t done = 0;
      entry.sha256 = sha256_of(file.path(), [&](uint64_t bytes) {
        done += bytes;
        if (progress) progress(entry.name, done, file.file_bytes());
      });
    }
    info.files.push_back(std::move(entry));
  }
  return info;
}

}  // namespace

ModelInfo inspect_model(const fs::path& path, Hashes hashes, const Progress& progress) {
  const OpenedModel model = open_model(path);
  ModelInfo info;
  info.path = path.string();
  info.layout = model.layout;
  info.layout_title = layout_title(model.layout);
  for (const OpenedPart& part : model.parts) {
    info.parts.push_back(inspect(model, part, hashes, progress));
  }
  for (const auto& [part, error] : model.unreadable) {
    PartInfo unread;
    unread.part = name_of(part);
    unread.problem = error.what();
    info.parts.push_back(std::move(unread));
  }
  for (const auto& [name, text] : side_files(model.root)) info.licence_files.push_back(name);
  return info;
}

}  // namespace newbie::model_tools
