#include "engine/vae_choice.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/error.h"

namespace newbie::engine {
namespace {

namespace fs = std::filesystem;

bool is_weights_file(const fs::path& path) { return path.extension() == ".safetensors"; }

/// Folders and files of VAEs: `vae*` in the model's folder, and every file of ComfyUI's `vae/`.
std::vector<fs::path> candidates(const ModelFolder& model) {
  std::vector<fs::path> found;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(model.root, ignored)) {
    const bool named = entry.path().filename().string().starts_with("vae");
    const bool folder = entry.is_directory() && fs::exists(entry.path() / "config.json");
    if (named && (folder || is_weights_file(entry.path()))) found.push_back(entry.path());
  }
  if (model.layout == "comfyui") {
    for (const auto& entry : fs::directory_iterator(model.root / "vae", ignored)) {
      if (is_weights_file(entry.path())) found.push_back(entry.path());
    }
  }
  std::ranges::sort(found);
  return found;
}

/// "vae-anime" of a folder, "ae" of ae.safetensors.
std::string name_of(const fs::path& path) {
  return is_weights_file(path) ? path.stem().string() : path.filename().string();
}

}  // namespace

std::vector<std::string> vae_names(const ModelFolder& model) {
  std::vector<std::string> names;
  for (const fs::path& path : candidates(model)) names.push_back(name_of(path));
  return names;
}

fs::path find_vae(const ModelFolder& model, const std::string& wanted) {
  if (wanted.empty()) return model.vae;
  for (const fs::path& path : candidates(model)) {
    if (name_of(path) == wanted || path.filename() == wanted) return path;
  }
  if (fs::exists(wanted)) return wanted;
  const std::vector<std::string> names = vae_names(model);
  const std::string near = did_you_mean(wanted, {names.begin(), names.end()});
  throw Error("model.unknown_vae",
              fmt::format("there is no VAE \"{}\": neither a path nor a name in {}", wanted,
                          model.root.string()))
      .hint(!near.empty()   ? fmt::format("did you mean \"{}\"?", near)
            : names.empty() ? "put it into the model's folder as vae-NAME, or give its path"
                            : fmt::format("this model has {}", fmt::join(names, ", ")));
}

}  // namespace newbie::engine
