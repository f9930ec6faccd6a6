#pragma once
/// Both prompts of a request after the encoders.

#include "pipeline/text_stage.h"

namespace newbie::engine {

struct Conditioning {
  pipeline::PromptFeatures positive, negative;
};

}  // namespace newbie::engine
