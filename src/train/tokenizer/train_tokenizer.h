#pragma once
/// Vocabularies made from texts, by SentencePiece's trainer.

#include <cstdint>
#include <string>
#include <vector>

namespace newbie::train {

/// A serialized model in Gemma's form: BPE with byte fallback, <pad> 0, <eos> 1, <bos> 2, <unk> 3,
/// no dummy prefix, digits apart, `symbols` never cut. Any text can be encoded. The same texts give
/// the same bytes. Errors: `tokenizer.training` (what SentencePiece says). Source: model
/// specification 9.4.
std::string train_gemma_tokenizer(const std::vector<std::string>& texts, int64_t pieces,
                                  const std::vector<std::string>& symbols);

/// The same in XLM-R's form: unigram, nmt_nfkc, <unk> 0, <s> 1, </s> 2, to be moved to fairseq's
/// ids by who loads it. Characters that are rare in the texts become <unk>. Source: 10.6.
std::string train_xlmr_tokenizer(const std::vector<std::string>& texts, int64_t pieces);

}  // namespace newbie::train
