#include "model_tools/layout.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json.h"

namespace newbie::model_tools {
namespace {

constexpr std::array<std::string_view, 3> kLayoutNames{"diffusers", "diffusers-native", "comfyui"};

PartPlace comfyui_place(Part part, std::string_view model_name, std::string_view dtype_name) {
  switch (part) {
    case Part::transformer:
      return {fmt::format("diffusion_models/{}-{}.safetensors", model_name, dtype_name),
              {},
              {},
              "original",
              ""};
    case Part::text_encoder:
      return {fmt::format("text_encoders/gemma_3_{}.safetensors", dtype_name),
              {},
              {},
              "transformers",
              "model."};
    case Part::clip_model:
      return {fmt::format("text_encoders/jina_clip_v2_{}.safetensors", dtype_name),
              {},
              {},
              "jina",
              "model."};
    case Part::vae:
      break;
  }
  return {"vae/ae.safetensors", {}, {}, "bfl", ""};
}

}  // namespace

std::string_view name_of(Layout layout) { return kLayoutNames[static_cast<size_t>(layout)]; }

Layout layout_from_name(std::string_view name) {
  const auto found = std::ranges::find(kLayoutNames, name);
  if (found != kLayoutNames.end()) return static_cast<Layout>(found - kLayoutNames.begin());
  throw Error("request.field",
              fmt::format("layout is \"{}\", expected {}", name, fmt::join(kLayoutNames, ", ")));
}

PartPlace place_of(Part part, Layout layout, std::string_view model_name,
                   std::string_view dtype_name) {
  if (layout == Layout::comfyui) return comfyui_place(part, model_name, dtype_name);
  const bool native = layout == Layout::diffusers_native;
  const char* diffusion = "diffusion_pytorch_model.safetensors";
  switch (part) {
    case Part::transformer:
      return {std::filesystem::path("transformer") / diffusion,
              "transformer/config.json",
              {},
              native ? "diffusers" : "original",
              ""};
    case Part::text_encoder:
      return {"text_encoder/model.safetensors", "text_encoder/config.json", "tokenizer",
              "transformers", "language_model.model."};
    case Part::clip_model: {
      const std::filesystem::path folder = native ? "text_encoder_2" : "clip_model";
      return {folder / "model.safetensors", folder / "config.json",
              native ? std::filesystem::path("tokenizer_2") : folder, "jina",
              "text_model.transformer.roberta."};
    }
    case Part::vae:
      break;
  }
  return {std::filesystem::path("vae") / diffusion, "vae/config.json", {}, "diffusers", ""};
}

std::string model_index(Layout layout, const std::vector<Part>& parts, bool pooled_text) {
  const bool native = layout == Layout::diffusers_native;
  Json json{{"_class_name", pooled_text ? "NewbiePipeline" : "Lumina2Pipeline"},
            {"_diffusers_version", "0.30.0"}};
  for (const Part part : parts) {
    switch (part) {
      case Part::transformer:
        json["transformer"] = {native ? "diffusers" : "transformer",
                               native        ? "Lumina2Transformer2DModel"
                               : pooled_text ? "NextDiT_CLIP"
                                             : "NextDiT"};
        break;
      case Part::text_encoder:
        json["text_encoder"] = {"transformers", "Gemma3ForConditionalGeneration"};
        json["tokenizer"] = {"transformers", "AutoTokenizer"};
        break;
      case Part::clip_model:
        json[native ? "text_encoder_2" : "clip_model"] = {native ? "transformers" : "clip_model",
                                                          "JinaCLIPModel"};
        json[native ? "tokenizer_2" : "clip_tokenizer"] = {native ? "transformers" : "clip_model",
                                                           "AutoTokenizer"};
        break;
      case Part::vae:
        json["vae"] = {"diffusers", "AutoencoderKL"};
        break;
    }
  }
  json["scheduler"] = {"diffusers", "FlowMatchEulerDiscreteScheduler"};
  return json.dump(2) + "\n";
}

}  // namespace newbie::model_tools
