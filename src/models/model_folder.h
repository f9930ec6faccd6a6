#pragma once
/// Where the parts of a whole model lie: a folder in a published layout, or ComfyUI's folders.

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "text/tokenizer.h"

namespace newbie {

/// Paths of one model's parts; empty where there is none. A weights path is a folder or a file.
struct ModelFolder {
  std::filesystem::path root;
  /// "diffusers" (folders per part) or "comfyui" (single files).
  std::string layout;
  std::filesystem::path transformer;
  std::filesystem::path text_encoder;
  std::filesystem::path clip_model;
  std::filesystem::path vae;
  std::filesystem::path scheduler;
  /// Folders of tokenizer files; empty when they lie inside the encoder's weights.
  std::filesystem::path tokenizer;
  std::filesystem::path clip_tokenizer;
};

/// Finds the parts below `path`. Errors: `model.missing` when there is nothing there,
/// `model.unknown_layout` naming what was looked for.
ModelFolder find_model(const std::filesystem::path& path);

/// Tokenizers from their files, or from the `spiece_model` tensor of a single file.
std::unique_ptr<text::Tokenizer> load_gemma_tokenizer(const ModelFolder& model);
std::unique_ptr<text::Tokenizer> load_xlmr_tokenizer(const ModelFolder& model);

/// Sampling defaults that come with the weights.
struct ModelDefaults {
  double shift = 6.0;
  int steps = 28;
  double guidance_scale = 4.5;
  int64_t width = 1024;
  int64_t height = 1024;
};

/// From scheduler/scheduler_config.json (`shift`) and generation_config.json
/// (`num_inference_steps`, `guidance_scale`, `shift`, `width`, `height`) where they exist. Errors:
/// `config.*`.
ModelDefaults model_defaults(const ModelFolder& model);

}  // namespace newbie
