#pragma once
/// Configs written back as the JSON that published folders hold.

#include <string>

#include "models/flux_vae/config.h"
#include "models/gemma3/config.h"
#include "models/jina_clip/config.h"
#include "models/next_dit/config.h"

namespace newbie::model_tools {

/// In upstream's keys; reading the text again gives the same config.
std::string config_text(const next_dit::Config& config);
std::string config_text(const gemma3::Config& config);
std::string config_text(const jina_clip::Config& config);
std::string config_text(const flux_vae::Config& config);

/// In the keys of diffusers' classes, where those differ.
std::string native_config_text(const next_dit::Config& config);
inline std::string native_config_text(const gemma3::Config& config) { return config_text(config); }
inline std::string native_config_text(const jina_clip::Config& config) {
  return config_text(config);
}
inline std::string native_config_text(const flux_vae::Config& config) {
  return config_text(config);
}

}  // namespace newbie::model_tools
