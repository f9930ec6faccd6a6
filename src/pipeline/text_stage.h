#pragma once
/// From compiled texts to what the transformer reads.

#include <string>
#include <vector>

#include "models/gemma3/model.h"
#include "models/jina_clip/model.h"
#include "text/tokenizer.h"

namespace newbie::pipeline {

/// Ids of one prompt for both encoders, specials included.
struct PromptIds {
  std::vector<int32_t> gemma;
  std::vector<int32_t> clip;
};

/// Tokenizes; the Gemma text is cut after `max_tokens` ids (0 = never).
PromptIds tokenize(const text::Tokenizer& gemma, const text::Tokenizer* clip,
                   const std::string& gemma_text, const std::string& clip_text, size_t max_tokens);

/// One prompt after the encoders.
struct PromptFeatures {
  Tensor caption;  ///< hidden_states[-2] [T, cap_feat_dim]
  Tensor pooled;   ///< pooled text [1, clip_text_dim], or undefined
};

/// Runs all prompts through an encoder in one packed pass; element i belongs to prompts[i].
std::vector<Tensor> encode_captions(const gemma3::Gemma3& encoder,
                                    const std::vector<PromptIds>& prompts);
std::vector<Tensor> encode_pooled(const jina_clip::JinaClip& encoder,
                                  const std::vector<PromptIds>& prompts);

}  // namespace newbie::pipeline
