#pragma once
/// Tokenizers with made-up vocabularies of any size, as SentencePiece files.

#include <cstdint>
#include <string>

namespace newbie::model_tools {

/// Gemma's kind: BPE with byte fallback, specials and whitespace runs where Gemma has them.
/// `pieces` is at least 700.
std::string synth_gemma_tokenizer(int64_t pieces);

/// XLM-R's kind: unigram, `<unk>`, `<s>`, `</s>` first; model ids are one more than piece ids.
/// `pieces` is at least 200.
std::string synth_xlmr_tokenizer(int64_t pieces);

}  // namespace newbie::model_tools
