#pragma once
/// The published layouts that whole models are written in.

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "model_tools/parts.h"
#include "tensor/dtype.h"

namespace newbie::model_tools {

enum class Layout : uint8_t {
  diffusers,         ///< A: folders with upstream's tensor names
  diffusers_native,  ///< A2: folders with the names of diffusers' classes
  comfyui,           ///< B: single files, tokenizers inside
};

/// "diffusers", "diffusers-native", "comfyui".
std::string_view name_of(Layout layout);
/// Error: `request.field` naming the choices.
Layout layout_from_name(std::string_view name);

/// Where one part goes and how its tensors are called there.
struct PartPlace {
  std::filesystem::path weights;    ///< below the model's root
  std::filesystem::path config;     ///< empty: inside the weights' metadata
  std::filesystem::path tokenizer;  ///< folder; empty: inside the weights, or the part has none
  std::string names;                ///< which io::NamesTable
  std::string prefix;               ///< before every name
};

/// `dtype_name` is part of ComfyUI's file names; `model_name` of its transformer's.
PartPlace place_of(Part part, Layout layout, std::string_view model_name,
                   std::string_view dtype_name);

/// model_index.json of a folder layout.
std::string model_index(Layout layout, const std::vector<Part>& parts, bool pooled_text);

}  // namespace newbie::model_tools
