#pragma once
/// Published model sizes, as configs.

#include <string>
#include <string_view>
#include <vector>

#include "model_tools/parts.h"

namespace newbie::model_tools {

/// The configs of all networks of a model.
struct Preset {
  std::string name;
  std::string title;  ///< for people
  std::vector<PartDescription> parts;
  int64_t gemma_pieces = 0;  ///< pieces of the text encoder's tokenizer
};

/// "newbie-exp0.1", "lumina-image-2.0", "tiny".
std::vector<std::string> preset_names();
/// Error: `request.field` naming the choices.
Preset preset(std::string_view name);

}  // namespace newbie::model_tools
