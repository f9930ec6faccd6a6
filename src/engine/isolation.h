#pragma once
/// The isolation that a request asks for.

#include "engine/prompt_stage.h"
#include "pipeline/isolation.h"

namespace newbie::engine {

/// How much the encoder is told to read characters apart: needed before features exist.
double encoder_isolation(const GenerateRequest& request);

/// The whole policy for a prompt. Says in a note where it cannot act: one character, or a region
/// without box and position.
pipeline::Isolation isolation_of(const GenerateRequest& request, const PreparedPrompt& prompt,
                                 const GenerateEvents& events);

}  // namespace newbie::engine
