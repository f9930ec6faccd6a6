#pragma once
/// From compiled texts to what the transformer reads.

#include <string>
#include <vector>

#include "models/gemma3/model.h"
#include "models/jina_clip/model.h"
#include "pipeline/prompt_weights.h"
#include "prompt/tokens.h"
#include "text/tokenizer.h"

namespace newbie::pipeline {

/// Ids of one prompt for both encoders, specials included, and what the prompt says of each.
struct PromptIds {
  std::vector<int32_t> gemma;
  std::vector<int32_t> clip;
  std::vector<float> weights;       ///< per Gemma id; empty: all 1
  std::vector<int32_t> characters;  ///< per Gemma id, see token_characters; empty: not known, and
                                    ///< the prompt is not isolated
};

/// Tokenizes; the Gemma text is cut after `max_tokens` ids (0 = never).
PromptIds tokenize(const text::Tokenizer& gemma, const text::Tokenizer* clip,
                   const std::string& gemma_text, const std::string& clip_text, size_t max_tokens);

/// Weights of the first `count` tokens.
std::vector<float> token_weights(const prompt::TokenMap& tokens, size_t count);
/// For each of the first `count` tokens the number of the character that it describes, 0 for none
/// or for several.
std::vector<int32_t> token_characters(const prompt::CompiledText& text,
                                      const prompt::TokenMap& tokens, size_t count);

/// One prompt after the encoders.
struct PromptFeatures {
  Tensor caption;  ///< hidden_states[-2] [T, cap_feat_dim]
  Tensor pooled;   ///< pooled text [1, clip_text_dim], or undefined
};

struct EncodeOptions {
  WeightLaw weights = WeightLaw::scale;
  double isolation = 0;  ///< how much characters are read apart: see caption_parts.h
};

/// Runs all prompts through an encoder in one packed pass; element i belongs to prompts[i]. Weights
/// do not act on pooled text, which has no tokens left.
std::vector<Tensor> encode_captions(const gemma3::Gemma3& encoder,
                                    const std::vector<PromptIds>& prompts,
                                    const EncodeOptions& options = {});
std::vector<Tensor> encode_pooled(const jina_clip::JinaClip& encoder,
                                  const std::vector<PromptIds>& prompts);

}  // namespace newbie::pipeline
