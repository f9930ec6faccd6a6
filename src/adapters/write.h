#pragma once
/// Writing adapters so that every reader gets the strength right: alpha always goes along.

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/adapter.h"
#include "adapters/targets.h"

namespace newbie::adapters {

/// The ways in which programs store and name an adapter's tensors.
enum class Dialect : uint8_t {
  peft,     ///< a folder: adapter_model.safetensors and adapter_config.json, as upstream's trainer
  comfyui,  ///< a file: diffusion_model.M.lora_down.weight, lora_up, alpha
  kohya,    ///< a file: lora_unet_M with underscores, alpha, and ss_network_* metadata
  lycoris,  ///< a file: lycoris_M with underscores, alpha
  diffusers,  ///< a file: transformer.M in the names of diffusers; alpha is folded into lora_B
};
/// "peft", "comfyui", "kohya", "lycoris", "diffusers".
const std::vector<std::string>& dialect_names();
/// Error: `request.field` naming the choices.
Dialect dialect_from_name(std::string_view name);

/// How an adapter is written.
struct WriteOptions {
  Dialect dialect = Dialect::comfyui;
  std::optional<DType> dtype = {};                   ///< none: each tensor keeps its own
  std::map<std::string, std::string> metadata = {};  ///< added to that of the adapter
  /// Names of the model that the adapter is for: needed by `diffusers`.
  const Targets* targets = nullptr;
};

/// Writes the file, or the folder's two files, each whole or not at all; returns what was written.
/// Errors: `adapter.not_representable` naming the modules that the dialect has no words for,
/// `file.*`.
std::vector<std::filesystem::path> write_adapter(const Adapter& adapter,
                                                 const std::filesystem::path& to,
                                                 const WriteOptions& options);

/// What PEFT calls a factor: "lora_A.weight", "lokr_w1".
std::string_view peft_name(Kind kind, Factor factor);

}  // namespace newbie::adapters
