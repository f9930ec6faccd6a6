#include "models/model_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "io/config.h"
#include "io/weight_set.h"
#include "tensor/device.h"

namespace newbie {
namespace {

namespace fs = std::filesystem;

fs::path first_existing(const fs::path& root, std::initializer_list<const char*> names) {
  for (const char* name : names) {
    std::error_code ignored;
    if (fs::exists(root / name, ignored)) return root / name;
  }
  return {};
}

bool has_any(const fs::path& folder, std::initializer_list<const char*> names) {
  return !folder.empty() && !first_existing(folder, names).empty();
}

/// The tokenizer's own folder, or the encoder's when it holds one.
fs::path tokenizer_folder(const fs::path& own, const fs::path& encoder) {
  const std::initializer_list<const char*> kFiles = {"tokenizer.json", "tokenizer.model",
                                                     "sentencepiece.bpe.model"};
  if (has_any(own, kFiles)) return own;
  return has_any(encoder, kFiles) ? encoder : fs::path();
}

/// The only safetensors file of a folder whose name holds one of the words.
fs::path file_with(const fs::path& folder, std::initializer_list<std::string_view> words) {
  std::error_code error;
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    std::string name = entry.path().filename().string();
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
    if (!name.ends_with(".safetensors")) continue;
    const bool named = std::ranges::any_of(
        words, [&](std::string_view word) { return name.find(word) != std::string::npos; });
    if (named) found.push_back(entry.path());
  }
  if (found.size() > 1) {
    std::ranges::sort(found);
    throw Error(
        "model.ambiguous",
        fmt::format("{} holds {} files for the same part: {} and {}", folder.string(), found.size(),
                    found[0].filename().string(), found[1].filename().string()))
        .hint("keep one of them in the folder");
  }
  return found.empty() ? fs::path() : found.front();
}

ModelFolder diffusers(const fs::path& root) {
  ModelFolder model;
  model.root = root;
  model.layout = "diffusers";
  model.transformer = root / "transformer";
  model.text_encoder = first_existing(root, {"text_encoder"});
  model.clip_model = first_existing(root, {"clip_model", "text_encoder_2"});
  model.vae = first_existing(root, {"vae"});
  model.scheduler = first_existing(root, {"scheduler"});
  model.tokenizer = tokenizer_folder(root / "tokenizer", model.text_encoder);
  fs::path clip = first_existing(root, {"clip_tokenizer", "tokenizer_2"});
  model.clip_tokenizer = tokenizer_folder(clip, model.clip_model);
  return model;
}

ModelFolder comfyui(const fs::path& root) {
  ModelFolder model;
  model.root = root;
  model.layout = "comfyui";
  model.transformer = file_with(root / "diffusion_models", {"newbie", "lumina", "next"});
  model.text_encoder = file_with(root / "text_encoders", {"gemma"});
  model.clip_model = file_with(root / "text_encoders", {"jina"});
  model.vae = file_with(root / "vae", {"ae", "vae"});
  return model;
}

std::unique_ptr<text::Tokenizer> from_weights(
    const fs::path& file, std::unique_ptr<text::Tokenizer> (*load)(std::span<const std::byte>)) {
  const auto weights = io::WeightSet::open(file);
  const auto model = weights->extra("spiece_model", Device::cpu(1));
  if (!model) {
    throw Error("tokenizer.missing",
                fmt::format("{} holds no tokenizer (tensor spiece_model)", file.string()))
        .hint("put the tokenizer's files beside the weights, in a folder `tokenizer`");
  }
  return load({model->raw(), model->bytes()});
}

Error no_tokenizer(const ModelFolder& model, const char* part) {
  return Error("tokenizer.missing",
               fmt::format("{} has no tokenizer for its {}", model.root.string(), part))
      .hint("add tokenizer.json or the SentencePiece model to the folder of the encoder");
}

}  // namespace

ModelFolder find_model(const fs::path& path) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    throw Error("model.missing", fmt::format("there is no model at {}", path.string()))
        .hint(
            "name the folder that holds transformer/, text_encoder/, clip_model/ and vae/ "
            "(--model, "
            "or model.path of a recipe)");
  }
  if (fs::is_directory(path / "transformer", ignored)) return diffusers(path);
  if (fs::is_directory(path / "diffusion_models", ignored)) {
    ModelFolder model = comfyui(path);
    if (!model.transformer.empty()) return model;
  }
  throw Error(
      "model.unknown_layout",
      fmt::format(
          "{} is not a model folder: it has neither transformer/ nor diffusion_models/ with "
          "a NewBie or Lumina file",
          path.string()))
      .hint("`newbie model info PATH` tells what a single file holds");
}

std::unique_ptr<text::Tokenizer> load_gemma_tokenizer(const ModelFolder& model) {
  if (!model.tokenizer.empty()) return text::load_gemma_tokenizer(model.tokenizer);
  if (model.layout != "comfyui") throw no_tokenizer(model, "text encoder");
  return from_weights(model.text_encoder, text::load_gemma_tokenizer);
}

std::unique_ptr<text::Tokenizer> load_xlmr_tokenizer(const ModelFolder& model) {
  if (!model.clip_tokenizer.empty()) return text::load_xlmr_tokenizer(model.clip_tokenizer);
  if (model.layout != "comfyui") throw no_tokenizer(model, "CLIP model");
  return from_weights(model.clip_model, text::load_xlmr_tokenizer);
}

ModelDefaults model_defaults(const ModelFolder& model) {
  ModelDefaults defaults;
  const auto read = [&](const fs::path& file) {
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return;
    const io::Config config = io::Config::open(file);
    if (const auto shift = config.find_number("shift")) defaults.shift = *shift;
    if (const auto steps = config.find_integer("num_inference_steps")) {
      defaults.steps = static_cast<int>(*steps);
    }
    if (const auto scale = config.find_number("guidance_scale")) defaults.guidance_scale = *scale;
    if (const auto width = config.find_integer("width")) defaults.width = *width;
    if (const auto height = config.find_integer("height")) defaults.height = *height;
  };
  if (!model.scheduler.empty()) read(model.scheduler / "scheduler_config.json");
  read(model.root / "generation_config.json");
  return defaults;
}

}  // namespace newbie
