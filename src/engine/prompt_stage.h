#pragma once
/// The prompt of a request: checked, compiled, tokenized, with its findings told.

#include <vector>

#include "models/model_folder.h"
#include "newbie/engine.h"
#include "pipeline/text_stage.h"
#include "prompt/compile.h"

namespace newbie::engine {

/// Tokenizers of one model. `clip` is null for models without pooled text.
struct Tokenizers {
  std::unique_ptr<text::Tokenizer> gemma;
  std::unique_ptr<text::Tokenizer> clip;
};
Tokenizers load_tokenizers(const ModelFolder& model);

/// A prompt as texts, ids and the owner of every token.
struct PreparedPrompt {
  prompt::Compiled texts;
  pipeline::PromptIds positive;
  pipeline::PromptIds negative;
  prompt::TokenMap tokens;  ///< of the positive Gemma text, before any cut
};

/// Findings go to `events.note`. Errors: `prompt.rejected` when the prompt has errors and the
/// request is not lenient; `prompt.invalid_utf8`; `prompt.unknown_system`.
PreparedPrompt prepare_prompt(const GenerateRequest& request, const Tokenizers& tokenizers,
                              const GenerateEvents& events);

}  // namespace newbie::engine
